// The panel beside the map: title, switch of today and plan, layers, search, legend, clashes and the key to the signs.
function territoryPanel(app, legend, search) {
  "use strict";
  const { data } = app, node = territoryNode, number = territoryNumber;
  const panel = node("section", undefined, "t-panel"), head = node("header");
  const fold = node("button", "‹", "t-fold");
  fold.type = "button";
  fold.setAttribute("aria-label", "Fold the panel");
  fold.onclick = () => {
    const folded = panel.classList.toggle("t-folded");
    fold.textContent = folded ? "›" : "‹";
    app.resized();
  };
  const print = node("button", "Print", "t-print");
  print.type = "button";
  print.onclick = () => app.print();
  head.append(fold, print, node("h1", data.title), node("p", data.subtitle));

  const toggle = node("div", undefined, "t-switch");
  const buttons = new Map([["today", "Today"], ["plan", "Plan"], ["both", "Side by side"]].map(([view, text]) => [view, node("button", text)]));
  buttons.forEach((b, view) => { b.type = "button"; b.dataset.view = view; b.onclick = () => app.show(view); toggle.append(b); });
  toggle.hidden = !app.served;

  const switches = node("div", undefined, "t-layers");
  function layer(name, on, count) {
    const label = node("label"), input = node("input");
    input.type = "checkbox"; input.checked = app.shown[name] = on; input.dataset.layer = name;
    input.onchange = () => { app.shown[name] = input.checked; app.refresh(); };
    label.append(input, " " + (name === "Homes" ? app.homes : name) + (count === undefined ? "" : " (" + number(count) + ")"));
    switches.append(label);
    fillKey();
  }
  const note = node("p", undefined, "t-note");
  const key = node("div", undefined, "t-key");
  // A sign as it is drawn on the map, and what it stands for.
  function sign(text, draw) {
    const item = node("span"), picture = node("canvas");
    picture.width = picture.height = 36;
    const c = picture.getContext("2d");
    c.scale(2, 2);
    draw(c);
    item.append(picture, text);
    key.append(item);
  }
  function fillKey() {
    const s = territorySymbols, colour = data.reps.colour[0] || data.nobody, has = name => name in app.shown;
    key.replaceChildren();
    const stamp = (c, r, ring, x = 9) => { const d = s.dot(colour, r, 2, ring); c.drawImage(d.picture, x - d.half, 9 - d.half, d.size, d.size); };
    sign("account, by potential", c => { stamp(c, 2.2, false, 4); stamp(c, 5.5, false, 11); });
    if (app.n > TerritoryCanvas.MANY) sign("many accounts, by number; click to open", c => { c.fillStyle = colour; c.beginPath(); s.hexagon(c, 9, 9, 7); c.fill(); });
    if (has("Moves")) {
      sign("moves in the plan", c => stamp(c, 5, true));
      sign("hand-over, by number", c => s.arrow(c, [1, 15], [17, 3], 2.2, colour, 0));
    }
    if (has("Homes")) sign(app.homes === "Homes" ? "home of a rep" : "centre of a territory", c => s.home(c, 9, 9.5, 5, colour));
    if (has("Uncovered")) sign("nobody serves it", c => s.circle(c, 9, 9, 6, s.RED, 2));
    if (has("Clashing")) sign("breaks a rule", c => s.diamond(c, 9, 9, 7));
  }
  panel.append(head, toggle, switches, search.node, ...legend.nodes);
  if (data.clashes.length) {
    const box = node("div", undefined, "t-clashes"), many = data.clash_count;
    box.append(node("b", number(many) + (many === 1 ? " clash" : " clashes")), ...data.clashes.map(text => node("div", text)));
    if (many > data.clashes.length) box.append(node("div", "and " + number(many - data.clashes.length) + " more, in the list of clashes beside this map"));
    panel.append(box);
  }
  panel.append(key, note);
  return {
    node: panel, layer,
    press: view => buttons.forEach((b, v) => b.setAttribute("aria-pressed", String(v === view))),
    say: text => { note.textContent = text; note.hidden = !text; },
  };
}
