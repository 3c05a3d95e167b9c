// Draws a plan on a Leaflet map. Texts only ever enter the page through textContent.
function showTerritories(map, data) {
  "use strict";
  const A = data.accounts, R = data.reps, n = A.id.length, number = territoryNumber, node = territoryNode;
  const pairs = flat => flat.reduce((out, v, i) => (i % 2 ? out[out.length - 1].push(v) : out.push([v]), out), []);
  const colourOf = r => (r < 0 ? data.nobody : R.colour[r]);
  const repName = r => (r < 0 ? "nobody" : R.name[r]);
  const plain = name => name.replace(/_h\b/g, "").replace(/_/g, " ").replace(/ %/g, "\u00a0%");
  const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
  const served = A.owner.some(r => r >= 0) || (data.areas && data.areas.today.some(r => r >= 0));
  let view = "plan";

  // Background and its pane below everything else.
  map.createPane("land").style.zIndex = 150;
  const landStyle = { pane: "land", renderer: L.canvas({ pane: "land" }), interactive: false,
    color: "#c9d2dc", weight: 1, fillColor: "#fbfcfd", fillOpacity: 1 };
  data.land.forEach(ring => L.polygon(pairs(ring).map(p => [p[1], p[0]]), landStyle).addTo(map));

  const areas = data.areas && territoryAreas(map, data.areas, colourOf);
  map.createPane("hulls").style.zIndex = 350;
  const grounds = { plan: L.layerGroup(), today: L.layerGroup() };
  for (const when of ["plan", "today"])
    R[when].forEach((rings, r) => rings.forEach(ring => L.polygon(pairs(ring), { pane: "hulls", interactive: false,
      color: R.colour[r], weight: 1.5, opacity: .8, fillOpacity: .14 }).addTo(grounds[when])));
  function showGround(on) {
    for (const when of ["plan", "today"]) {
      const shown = on && when === view;
      shown ? grounds[when].addTo(map) : grounds[when].remove();
      if (areas) shown ? areas.layer(when).addTo(map) : areas.hide(when);
    }
  }

  // Accounts: one canvas, one set of circles, recoloured when the view changes.
  const canvas = L.canvas({ padding: .4 });
  const dots = L.layerGroup(), marks = new Array(n);
  const radius = areas ? i => 1.2 + A.size[i] * .45 : i => 2.5 + A.size[i] * .9;
  for (let i = 0; i < n; i++) {
    if (A.lat[i] === null || A.lon[i] === null) continue;
    const mark = L.circleMarker([A.lat[i], A.lon[i]], { renderer: canvas, radius: radius(i), bubblingMouseEvents: false,
      weight: areas ? .6 : 1, color: "#fff", opacity: .9, fillOpacity: .85, fillColor: colourOf(A.rep[i]) });
    mark.on("click", () => openAccount(i));
    marks[i] = mark.addTo(dots);
  }

  const moved = [];
  for (let i = 0; i < n; i++) if (A.owner[i] >= 0 && A.owner[i] !== A.rep[i]) moved.push(i);
  const lines = L.layerGroup();
  for (const i of moved) {
    const to = A.rep[i];
    if (to < 0 || R.lat[to] === null || !marks[i]) continue;
    L.polyline([[A.lat[i], A.lon[i]], [R.lat[to], R.lon[to]]], { renderer: canvas, interactive: false,
      color: R.colour[to], weight: 1.2, opacity: .55, dashArray: "4 4" }).addTo(lines);
  }
  const uncovered = L.layerGroup();
  for (let i = 0; i < n; i++)
    if (A.rep[i] < 0 && marks[i]) L.circleMarker([A.lat[i], A.lon[i]], { renderer: canvas, interactive: false,
      radius: 9, color: "#b3261e", weight: 2, fill: false }).addTo(uncovered);

  // On the canvas of the accounts: another one above it would take its clicks.
  const homes = L.layerGroup(), centres = L.layerGroup();
  R.id.forEach((id, r) => {
    if (R.lat[r] === null || R.lon[r] === null) return;
    L.circleMarker([R.lat[r], R.lon[r]], { renderer: canvas, radius: R.id.length > 80 ? 4.5 : 7, color: "#1c2733",
      weight: R.id.length > 80 ? 1.8 : 2.5, fillColor: R.colour[r], fillOpacity: 1 })
      .bindTooltip(() => node("span", R.name[r] + " (" + id + ")")).addTo(homes);
  });
  const C = data.centres, away = C.lat.map((lat, r) => lat !== null && (lat !== R.lat[r] || C.lon[r] !== R.lon[r]));
  const drawnFromHomes = away.length > 0 && !away.includes(true);  // seats nobody lives for: their home is the centre
  away.forEach((drawn, r) => drawn && L.circleMarker([C.lat[r], C.lon[r]], { renderer: canvas, radius: 4.5,
    color: "#1c2733", weight: 1.5, fillColor: "#fff", fillOpacity: 1 })
    .bindTooltip(() => node("span", "Centre of " + R.name[r])).addTo(centres));

  function open(place, ...content) {
    const box = node("div", undefined, "t-popup");
    box.append(...content);
    L.popup({ maxWidth: 320, maxHeight: Math.max(200, map.getSize().y * .6) }).setLatLng(place).setContent(box).openOn(map);
  }
  function openAccount(i) {
    const facts = served ? [["Today", repName(A.owner[i])]] : [];
    facts.push(["Plan", repName(A.rep[i])]);
    if (A.km[i] !== null) facts.push(["From home", number(A.km[i]) + " km"]);
    for (const [k, v] of Object.entries(data.values))
      facts.push([capital(k), number(v[i]) + (k === "visits" ? " a year" : " " + data.currency)]);
    const why = data.reasons[i] ? [node("p", data.reasons[i], "t-why")] : [];
    open([A.lat[i], A.lon[i]], node("b", A.name[i]), node("div", A.id[i]), territoryFacts(facts), ...why);
  }
  function openArea(a, place) {
    const G = data.areas, r = G[view][a], facts = served ? [["Today", repName(G.today[a])]] : [];
    facts.push(["Plan", repName(G.plan[a])], ["Accounts", number(G.accounts[a])]);
    for (const [k, v] of Object.entries(G.measures)) facts.push([capital(plain(k)), number(v[a])]);
    const several = G.shared[view].includes(a) ? [node("p", "Several reps serve accounts here.", "t-why")] : [];
    open(place, node("b", G.name[a]), node("div", G.id[a]), territoryFacts(facts), ...several, ...(r < 0 ? [] : [territoryBox(r)]));
  }
  function territoryBox(r) {
    const box = node("div", undefined, "t-why"), head = node("b"), dot = node("span", undefined, "t-dot");
    dot.style.background = R.colour[r];
    head.append(dot, R.name[r]);
    const cells = tabs.flatMap(t => t.columns).map(c => [c.full || c.title, c.value(r), c]);
    box.append(head, node("div", R.id[r]), territoryFacts(cells.filter(([, v]) => v !== null)
      .map(([title, v, c]) => [title, c.text ? c.text(v) : number(v)])));
    return box;
  }

  function show(when) {
    view = when;
    const of = when === "plan" ? A.rep : A.owner;
    marks.forEach((m, i) => m && m.setStyle({ fillColor: colourOf(of[i]) }));
    showGround(layers.Territories.checked);
    if (areas) areas.clear();
    buttons.forEach((b, w) => b.setAttribute("aria-pressed", String(w === when)));
    legend.fill();
  }

  // The panel: title, switch, layers, search, legend.
  const panel = node("section", undefined, "t-panel");
  L.DomEvent.disableClickPropagation(panel).disableScrollPropagation(panel);
  const head = node("header");
  const fold = node("button", "–", "t-fold");
  fold.type = "button";
  fold.setAttribute("aria-label", "Fold the panel");
  fold.onclick = () => { fold.textContent = panel.classList.toggle("t-folded") ? "+" : "–"; };
  head.append(fold, node("h1", data.title), node("p", data.subtitle));
  const toggle = node("div", undefined, "t-switch");
  const buttons = new Map([["plan", node("button", "Plan")], ["today", node("button", "Today")]]);
  buttons.forEach((b, when) => { b.type = "button"; b.dataset.view = when; b.onclick = () => show(when); toggle.append(b); });
  toggle.hidden = !served;
  const switches = node("div", undefined, "t-layers"), layers = {};
  const layer = (name, on, change) => {
    const label = node("label"), input = node("input");
    input.type = "checkbox"; input.checked = on; input.dataset.layer = name; input.onchange = () => change(input.checked);
    label.append(input, " " + name);
    switches.append(label);
    layers[name] = input;
    change(on);
  };
  const seats = () => [homes, centres].forEach(g => map.hasLayer(g) && g.eachLayer(m => m.bringToFront()));
  const group = g => on => { on ? g.addTo(map) : g.remove(); seats(); };

  const countToday = R.id.map(() => 0);
  A.owner.forEach(r => { if (r >= 0) countToday[r]++; });
  const tabs = [{ name: "Balance", columns: [
    { title: "Accounts", value: r => (view === "plan" ? R.accounts : countToday)[r] },
    ...data.measures.map(m => ({ title: plain(m.name), full: "Index of " + plain(m.name), band: plain(m.band), tip: m.label,
      text: v => v.toFixed(2), value: r => (view === "plan" ? m.plan : m.today)[r],
      out: r => (view === "plan" ? m.broken : m.broken_today)[r] })),
  ] }];
  if (data.compactness) {
    const column = (name, title, tip, text) => ({ title, tip, text, value: r => data.compactness[view][name][r] });
    const share = v => v.toFixed(2);
    tabs.push({ name: "Shape", columns: [
      column("areas", "Areas", "How many areas"),
      column("pieces", "Pieces", "Connected parts"),
      column("polsby_popper", "Polsby–Popper", "4π × area ÷ perimeter²: 1 is a circle", share),
      column("reock", "Reock", "Area ÷ that of the smallest circle around it", share),
      column("hull_ratio", "Hull ratio", "Area ÷ that of its convex hull", share),
      column("inertia", "Inertia", "Moment of inertia of a circle of its size ÷ its own", share),
      column("diameter_km", "Diameter", "Greatest distance between two of its points", v => number(v) + " km"),
    ] });
  }
  const legend = territoryLegend(R.name, R.id, R.colour, tabs, r => flyTo(r));

  const search = node("div", undefined, "t-search"), field = node("input"), hits = node("ul");
  const hint = "Find an account" + (areas ? ", an area" : "") + " or a territory";
  field.type = "search"; field.placeholder = hint; field.setAttribute("aria-label", hint);
  const hit = (text, kind, go) => {
    const item = node("li", text);
    item.append(node("i", kind));
    item.onclick = go;
    hits.append(item);
  };
  const matches = (names, ids, word, most) => {
    const found = [];
    for (let i = 0; i < ids.length && found.length < most; i++)
      if (names[i].toLowerCase().includes(word) || ids[i].toLowerCase().includes(word)) found.push(i);
    return found;
  };
  field.oninput = () => {
    const word = field.value.trim().toLowerCase();
    hits.replaceChildren();
    legend.filter(word.length < 2 ? "" : word);
    if (word.length < 2) return;
    for (const i of matches(A.name, A.id, word, 8))
      hit(A.name[i] + " · " + A.id[i], "account", () => {
        if (marks[i]) { map.setView([A.lat[i], A.lon[i]], Math.max(map.getZoom(), 9)); openAccount(i); }
      });
    if (areas) for (const a of matches(data.areas.name, data.areas.id, word, 4))
      hit(data.areas.name[a] + " · " + data.areas.id[a], "area", () => {
        const box = areas.bounds([a]);
        if (box.isValid()) { map.fitBounds(box.pad(1), { animate: false }); openArea(a, box.getCenter()); }
      });
  };
  search.append(field, hits);

  const covered = () => Math.min(panel.offsetWidth + 20, map.getSize().x * .6);  // by the panel
  const room = () => ({ paddingTopLeft: [covered(), 20], paddingBottomRight: [20, 20] });
  function flyTo(r) {
    const of = view === "plan" ? A.rep : A.owner;
    let box = areas ? areas.bounds(areas.of(r, view)) : L.latLngBounds([]);
    if (areas) areas.choose(r, view);
    if (!box.isValid()) {
      const places = R.lat[r] === null ? [] : [[R.lat[r], R.lon[r]]];
      for (let i = 0; i < n; i++) if (of[i] === r && marks[i]) places.push([A.lat[i], A.lon[i]]);
      box = L.latLngBounds(places);
    }
    if (box.isValid()) map.flyToBounds(box.pad(.1), { ...room(), maxZoom: 10, duration: .6 });
  }
  panel.append(head, toggle, switches, search, ...legend.nodes);
  if (data.clashes.length) {
    const box = node("div", undefined, "t-clashes");
    box.append(node("b", data.clashes.length + (data.clashes.length === 1 ? " clash" : " clashes")), ...data.clashes.map(text => node("div", text)));
    panel.append(box);
  }

  layer("Territories", true, on => showGround(on));
  const few = m => !areas || m <= 500;  // areas tell it better than thousands of dots and lines
  layer("Accounts", few(n), group(dots));
  layer(drawnFromHomes ? "Centres" : "Homes", true, group(homes));
  if (away.includes(true)) layer("Centres", true, group(centres));
  if (moved.length) layer("Moves (" + number(moved.length) + ")", few(moved.length), group(lines));
  if (A.rep.some(r => r < 0)) layer("Uncovered", true, group(uncovered));
  const control = L.control({ position: "topleft" });
  control.onAdd = () => panel;
  control.addTo(map);
  L.control.zoom({ position: "bottomright" }).addTo(map);
  L.control.scale({ position: "bottomright" }).addTo(map);
  if (areas) {
    const label = L.tooltip({ className: "t-label", direction: "top", offset: [0, -6] });
    map.on("click", e => { const a = layers.Territories.checked ? areas.at(e.latlng) : -1; if (a >= 0) openArea(a, e.latlng); });
    map.on("mousemove", e => {
      const a = layers.Territories.checked ? areas.at(e.latlng) : -1;
      if (a < 0) return void label.remove();
      const text = data.areas.name[a] + " – " + repName(data.areas[view][a]);
      label.setLatLng(e.latlng).setContent(node("span", text)).addTo(map);
    });
    map.on("mouseout", () => label.remove());
  }

  show("plan");
  if (data.view) map.fitBounds(data.view, { ...room(), maxZoom: 12, animate: false });
  else map.setView([25, 0], 2);
}
