// Draws a plan on a Leaflet map. Texts only ever enter the page through textContent.
function showTerritories(map, data) {
  "use strict";
  const A = data.accounts, R = data.reps, n = A.id.length;
  const number = new Intl.NumberFormat("en-US");
  const node = (tag, text, cls) => {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (cls) e.className = cls;
    return e;
  };
  const pairs = flat => flat.reduce((out, v, i) => (i % 2 ? out[out.length - 1].push(v) : out.push([v]), out), []);
  const colourOf = r => (r < 0 ? data.nobody : R.colour[r]);
  const repName = r => (r < 0 ? "nobody" : R.name[r]);

  // Background and its pane below everything else.
  map.createPane("land").style.zIndex = 150;
  const landStyle = { pane: "land", renderer: L.canvas({ pane: "land" }), interactive: false,
    color: "#c9d2dc", weight: 1, fillColor: "#fbfcfd", fillOpacity: 1 };
  data.land.forEach(ring => L.polygon(pairs(ring).map(p => [p[1], p[0]]), landStyle).addTo(map));

  map.createPane("areas").style.zIndex = 350;
  const areas = { plan: L.layerGroup(), today: L.layerGroup() };
  for (const when of ["plan", "today"])
    R[when].forEach((rings, r) => rings.forEach(ring => L.polygon(pairs(ring), { pane: "areas", interactive: false,
      color: R.colour[r], weight: 1.5, opacity: .8, fillOpacity: .14 }).addTo(areas[when])));

  // Accounts: one canvas, one set of circles, recoloured when the view changes.
  const canvas = L.canvas({ padding: .4 });
  const dots = L.layerGroup(), marks = new Array(n);
  let view = "plan";
  for (let i = 0; i < n; i++) {
    if (A.lat[i] === null) continue;
    const mark = L.circleMarker([A.lat[i], A.lon[i]], { renderer: canvas, radius: 2.5 + A.size[i] * .9,
      weight: 1, color: "#fff", opacity: .9, fillOpacity: .85, fillColor: colourOf(A.rep[i]) });
    mark.on("click", () => openPopup(i));
    marks[i] = mark.addTo(dots);
  }
  dots.addTo(map);

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

  const homes = L.layerGroup();
  R.id.forEach((id, r) => {
    if (R.lat[r] === null) return;
    L.circleMarker([R.lat[r], R.lon[r]], { radius: 7, color: "#1c2733", weight: 2.5, fillColor: R.colour[r], fillOpacity: 1 })
      .bindTooltip(() => node("span", R.name[r] + " (" + id + ")")).addTo(homes);
  });

  function openPopup(i) {
    const box = node("div", undefined, "t-popup");
    box.append(node("b", A.name[i]), node("div", A.id[i]));
    const facts = node("dl");
    const fact = (k, v) => facts.append(node("dt", k), node("dd", v));
    fact("Today", repName(A.owner[i]));
    fact("Plan", repName(A.rep[i]));
    if (A.rep[i] >= 0) fact("From home", number.format(A.km[i]) + " km");
    for (const [k, v] of Object.entries(data.values))
      fact(k[0].toUpperCase() + k.slice(1), number.format(v[i]) + (k === "visits" ? " a year" : " " + data.currency));
    box.append(facts);
    if (data.reasons[i]) box.append(node("p", data.reasons[i], "t-why"));
    L.popup({ maxWidth: 300 }).setLatLng([A.lat[i], A.lon[i]]).setContent(box).openOn(map);
  }

  function show(when) {
    view = when;
    const of = when === "plan" ? A.rep : A.owner;
    marks.forEach((m, i) => m && m.setStyle({ fillColor: colourOf(of[i]) }));
    for (const w of ["plan", "today"]) w === when && layers.Territories.checked ? areas[w].addTo(map) : areas[w].remove();
    buttons.forEach((b, w) => b.setAttribute("aria-pressed", String(w === when)));
    fillLegend();
  }

  // The panel: title, switch, layers, search, legend.
  const panel = node("section", undefined, "t-panel");
  L.DomEvent.disableClickPropagation(panel).disableScrollPropagation(panel);
  const head = node("header");
  head.append(node("h1", data.title), node("p", data.subtitle));
  const toggle = node("div", undefined, "t-switch");
  const buttons = new Map([["plan", node("button", "Plan")], ["today", node("button", "Today")]]);
  buttons.forEach((b, when) => { b.type = "button"; b.dataset.view = when; b.onclick = () => show(when); toggle.append(b); });
  const switches = node("div", undefined, "t-layers"), layers = {};
  const layer = (name, on, change) => {
    const label = node("label"), input = node("input");
    input.type = "checkbox"; input.checked = on; input.dataset.layer = name; input.onchange = () => change(input.checked);
    label.append(input, " " + name);
    switches.append(label);
    layers[name] = input;
    change(on);
  };
  const group = g => on => (on ? g.addTo(map) : g.remove());
  panel.append(head, toggle, switches);

  const search = node("div", undefined, "t-search"), field = node("input"), hits = node("ul");
  field.type = "search"; field.placeholder = "Find an account"; field.setAttribute("aria-label", "Find an account");
  field.oninput = () => {
    const word = field.value.trim().toLowerCase();
    hits.replaceChildren();
    if (word.length < 2) return;
    for (let i = 0, found = 0; i < n && found < 8; i++) {
      if (!A.name[i].toLowerCase().includes(word) && !A.id[i].toLowerCase().includes(word)) continue;
      found++;
      const item = node("li", A.name[i] + " · " + A.id[i]);
      item.onclick = () => { if (marks[i]) { map.setView([A.lat[i], A.lon[i]], Math.max(map.getZoom(), 9)); openPopup(i); } };
      hits.append(item);
    }
  };
  search.append(field, hits);

  const legend = node("div", undefined, "t-legend"), table = node("table");
  legend.append(table);
  let sortBy = 0, descending = false;
  const countToday = R.id.map(() => 0);
  A.owner.forEach(r => { if (r >= 0) countToday[r]++; });
  const plain = name => name.replace(/_h\b/g, "").replace(/_/g, " ").replace(/ %/g, "\u00a0%");
  const columns = [
    { title: "Territory", value: r => R.name[r] },
    { title: "Accounts", value: r => (view === "plan" ? R.accounts : countToday)[r] },
    ...data.measures.map(m => ({ title: plain(m.name), band: plain(m.band), tip: m.label, index: true,
      value: r => (view === "plan" ? m.plan : m.today)[r], out: r => (view === "plan" ? m.broken : m.broken_today)[r] })),
  ];
  function fillLegend() {
    table.replaceChildren();
    const row = node("tr");
    columns.forEach((c, k) => {
      const th = node("th", c.title + (k === sortBy ? (descending ? " ↓" : " ↑") : ""));
      if (c.band) th.append(node("span", c.band));
      th.title = c.tip || "";
      th.onclick = () => { descending = k === sortBy ? !descending : false; sortBy = k; fillLegend(); };
      row.append(th);
    });
    table.append(row);
    const value = columns[sortBy].value, sign = descending ? -1 : 1;
    const order = R.id.map((_, r) => r).sort((a, b) => {
      const x = value(a), y = value(b);
      return sign * (typeof x === "string" ? x.localeCompare(y) : (x ?? -1) - (y ?? -1));
    });
    for (const r of order) {
      const tr = node("tr"), dot = node("span", undefined, "t-dot");
      tr.dataset.rep = R.id[r];
      dot.style.background = R.colour[r];
      columns.forEach((c, k) => {
        const v = c.value(r), td = node("td", undefined, c.out && c.out(r) ? "t-out" : "");
        td.append(...(k === 0 ? [dot, v] : [v === null ? "–" : c.index ? v.toFixed(2) : number.format(v)]));
        tr.append(td);
      });
      tr.onclick = () => flyTo(r);
      table.append(tr);
    }
  }
  function flyTo(r) {
    const of = view === "plan" ? A.rep : A.owner, places = R.lat[r] === null ? [] : [[R.lat[r], R.lon[r]]];
    for (let i = 0; i < n; i++) if (of[i] === r && A.lat[i] !== null) places.push([A.lat[i], A.lon[i]]);
    if (places.length) map.flyToBounds(L.latLngBounds(places).pad(.1), { maxZoom: 10, duration: .6 });
  }
  panel.append(search, legend);
  if (data.clashes.length) {
    const box = node("div", undefined, "t-clashes");
    box.append(node("b", data.clashes.length + (data.clashes.length === 1 ? " clash" : " clashes")), ...data.clashes.map(text => node("div", text)));
    panel.append(box);
  }

  layer("Territories", true, on => (on ? areas[view].addTo(map) : areas[view].remove()));
  layer("Homes", true, group(homes));
  if (moved.length) layer("Moves (" + number.format(moved.length) + ")", true, group(lines));
  if (A.rep.some(r => r < 0)) layer("Uncovered", true, group(uncovered));
  const control = L.control({ position: "topleft" });
  control.onAdd = () => panel;
  control.addTo(map);
  L.control.zoom({ position: "bottomright" }).addTo(map);
  L.control.scale({ position: "bottomright" }).addTo(map);

  show("plan");
  const places = [];
  for (let i = 0; i < n; i++) if (marks[i]) places.push([A.lat[i], A.lon[i]]);
  R.lat.forEach((lat, r) => { if (lat !== null) places.push([lat, R.lon[r]]); });
  const covered = Math.min(panel.offsetWidth + 20, map.getSize().x * .6);  // by the panel
  if (places.length) map.fitBounds(L.latLngBounds(places), { paddingTopLeft: [covered, 20], paddingBottomRight: [20, 20], maxZoom: 12, animate: false });
  else map.setView([25, 0], 2);
}
