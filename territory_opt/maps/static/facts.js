// What a click tells: of an account with the reason of its move, a home, or an area.
function territoryFactBoxes(app) {
  "use strict";
  const { data, R, A } = app, node = territoryNode, number = territoryNumber;
  const name = r => (r < 0 ? "nobody" : R.name[r]);
  const title = i => A.name[i] || A.id[i] || (app.texts ? "Account" : "(names are still being read)");
  const text = (count, word) => number(count) + " " + word + (count === 1 ? "" : "s");

  function label(found, when) {
    const of = when === "plan" ? app.rep : app.owner;
    if (found.home !== undefined) return R.name[found.home] + " (" + R.id[found.home] + ")";
    if (found.account !== undefined) return title(found.account) + " – " + name(of[found.account])
      + (found.beside.length ? " – and " + number(found.beside.length) + " more" : "");
    if (found.bin) return text(found.bin.count, "account") + ", " + (found.bin.who < 0 ? "of others" :
      Math.round(100 * found.bin.share / found.bin.count) + " % " + name(found.bin.who)) + " – click to open";
    if (found.area !== undefined) return data.areas.name[found.area] + " – " + name(data.areas[when][found.area]);
    return "";
  }
  function show(pane, place, ...content) {
    const box = node("div", undefined, "t-popup");
    box.append(...content);
    const room = pane.map.getSize();
    L.popup({ maxWidth: Math.min(320, room.x - 40), maxHeight: Math.max(180, room.y * .6) })
      .setLatLng(place).setContent(box).openOn(pane.map);
  }
  function account(pane, i, beside = []) {
    const facts = data.served ? [["Today", name(app.owner[i])]] : [];
    facts.push(["Plan", name(app.rep[i])]);
    if (app.km && app.km[i] === app.km[i]) facts.push(["From home", number(app.km[i]) + " km"]);
    for (const [k, v] of Object.entries(app.values))
      facts.push([app.capital(app.plain(k)), number(v[i]) + (k === "visits" ? " a year" : " " + data.currency)]);
    const said = [[app.why, "t-why"], [app.clash, "t-why t-out"]]
      .flatMap(([texts, cls]) => (texts.has(i) ? [node("p", texts.get(i), cls)] : []));
    const more = beside.length ? [node("div", "At the same place:", "t-why")] : [];
    for (const other of beside.slice(0, 12)) {
      const link = node("button", title(other) + " – " + name(app.rep[other]), "t-link");
      link.type = "button";
      link.onclick = () => account(pane, other, [i, ...beside].filter(k => k !== other));
      more.push(link);
    }
    if (beside.length > 12) more.push(node("div", "and " + number(beside.length - 12) + " more"));
    const id = A.id[i] && A.id[i] !== A.name[i] ? [node("div", A.id[i])] : [];
    show(pane, [app.lat[i], app.lon[i]], node("b", title(i)), ...id, territoryFacts(facts), ...said, ...more);
    app.look(i);
  }
  function territory(r) {
    const box = node("div", undefined, "t-why"), head = node("b"), dot = node("span", undefined, "t-dot");
    dot.style.background = R.colour[r];
    head.append(dot, R.name[r]);
    const cells = app.tabs.flatMap(t => t.columns).map(c => [c.full || c.title, c.value(r), c]);
    box.append(head, node("div", R.id[r]), territoryFacts(cells.filter(([, v]) => v !== null)
      .map(([term, v, c]) => [term, c.text ? c.text(v, r) : number(v)])));
    const { gives, gets } = app.flows.partners(r);
    for (const [word, list] of [["Gives ", gives], ["Gets ", gets]]) if (list.length)
      box.append(node("div", word + list.slice(0, 4).map(([other, count]) => number(count) + (word === "Gives " ? " to " : " from ") + R.name[other]).join(", ")
        + (list.length > 4 ? ", and others" : ""), "t-gives"));
    return box;
  }
  function area(pane, a, place) {
    const G = data.areas, r = G[pane.when][a], facts = data.served || G.today.some(v => v >= 0) ? [["Today", name(G.today[a])]] : [];
    facts.push(["Plan", name(G.plan[a])], ["Accounts", number(G.accounts[a])]);
    for (const [k, v] of Object.entries(G.measures)) facts.push([app.capital(app.plain(k)), number(v[a])]);
    const several = G.shared[pane.when].includes(a) ? [node("p", "Several reps serve accounts here.", "t-why")] : [];
    show(pane, place, node("b", G.name[a]), node("div", G.id[a]), territoryFacts(facts), ...several, ...(r < 0 ? [] : [territory(r)]));
  }
  function open(pane, found, place) {
    if (found.home !== undefined) show(pane, [R.lat[found.home], R.lon[found.home]], territory(found.home));
    else if (found.account !== undefined) account(pane, found.account, found.beside);
    else if (found.area !== undefined) area(pane, found.area, place);
    else return false;
    return true;
  }
  return { label, open, account, area };
}
