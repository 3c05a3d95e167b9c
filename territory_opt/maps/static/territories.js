// Draws a plan on a Leaflet map. Texts only ever enter the page through textContent.
async function showTerritories(map, data) {
  "use strict";
  const node = territoryNode, number = territoryNumber, R = data.reps, n = data.count;
  const columns = territoryColumns(data.columns);
  const pairs = flat => flat.reduce((out, v, i) => (i % 2 ? out[out.length - 1].push(v) : out.push([v]), out), []);
  const app = {
    data, R, n, pairs, A: { id: [], name: [] }, values: {}, why: new Map(), clash: new Map(), shown: {}, panes: [],
    view: "plan", chosen: -1, account: -1, ready: false, texts: false, left: "", printing: false, areas: null,
    uncovered: [], clashing: [], centres: [], land: data.land.map(ring => pairs(ring).map(([lon, lat]) => [lat, lon])),
    plain: name => name.replace(/_h\b/g, "").replace(/_/g, " ").replace(/ %/g, "\u00a0%"),
    capital: text => text.charAt(0).toUpperCase() + text.slice(1),
    served: data.served || (data.areas !== null && data.areas.today.some(r => r >= 0)),
    homes: "Homes",
  };
  const colourOf = r => (r < 0 ? data.nobody : R.colour[r]);
  if (data.areas) app.areas = territoryAreas(data.areas, colourOf);
  const C = data.centres, away = C.lat.map((lat, r) => lat !== null && (lat !== R.lat[r] || C.lon[r] !== R.lon[r]));
  if (away.length && !away.includes(true)) app.homes = "Centres";  // seats nobody lives for: their home is the centre
  app.centres = away.flatMap((drawn, r) => (drawn ? [r] : []));

  // The page: panel on the left, one map or two beside it.
  const frame = node("div", undefined, "t-page"), stage = node("main", undefined, "t-maps"), main = map.getContainer();
  main.replaceWith(frame);
  const cell = (container, caption) => {
    const box = node("div", undefined, "t-cell");
    box.append(container, node("div", caption, "t-caption"));
    stage.append(box);
    return box;
  };
  const first = cell(main, "Today"), second = node("div", undefined, "t-second");
  let right = null;

  app.tabs = territoryTabs(app);
  const legend = territoryLegend(R.name, R.id, R.colour, app.tabs, r => { app.choose(r); app.flyTo(r); });
  const search = territorySearch(app, legend), panel = territoryPanel(app, legend, search);
  frame.append(panel.node, stage);
  app.facts = territoryFactBoxes(app);

  app.each = work => app.panes.forEach(work);
  app.refresh = () => { app.each(p => p.refresh()); tell(); };
  app.resized = () => app.each(p => p.map.invalidateSize({ animate: false, pan: false }));
  app.choose = r => { app.chosen = r; legend.choose(r); app.refresh(); };
  app.look = i => { if (app.account !== i) { app.account = i; app.each(p => p.canvas.redraw()); } };
  app.show = view => {
    const centre = map.getCenter(), width = map.getSize().x;
    app.view = view;
    document.documentElement.classList.toggle("t-both", view === "both");
    if (view === "both" && !right) {
      right = cell(second, "Plan");
      const other = L.map(second, { ...map.options, center: map.getCenter(), zoom: map.getZoom(), layers: [], zoomControl: false });
      map.eachLayer(l => { if (l instanceof L.TileLayer) L.tileLayer(l._url, l.options).addTo(other); });
      other.attributionControl.setPrefix(false);
      app.panes.push(territoryPane(app, other, "plan"));
    }
    if (right) right.hidden = view !== "both";
    app.resized();
    const zoom = map.getZoom() + Math.log2(map.getSize().x / width);  // half the width, half the scale
    app.each(p => p.map.setView(centre, zoom, { animate: false }));
    if (right && !app.paired) { territoryPair(map, app.panes[1].map); app.paired = true; }
    app.panes[0].show(view === "both" ? "today" : view);
    app.refresh();
    panel.press(view);
    legend.fill();
  };
  // What the map leaves out is said on the map.
  function tell() {
    const hidden = Math.max(0, ...app.panes.map(p => p.canvas.hidden || 0)), lost = app.ready ? app.nowhere : 0;
    panel.say([app.ready ? "" : "Reading " + number(n) + " accounts …",
      hidden ? "The " + number(TerritoryCanvas.ARROWS) + " largest hand-overs in view are drawn, " + number(hidden) + " smaller ones are not." : "",
      lost ? number(lost) + (lost === 1 ? " account has" : " accounts have") + " no place on the map." : ""].filter(Boolean).join(" "));
  }
  app.flyTo = r => {
    const of = app.view === "today" ? app.owner : app.rep, when = app.view === "today" ? "today" : "plan";
    let box = app.areas ? app.areas.bounds(app.areas.of(r, when)) : L.latLngBounds([]);
    if (!box.isValid()) {
      const places = R.lat[r] === null || R.lon[r] === null ? [] : [[R.lat[r], R.lon[r]]];
      for (let i = 0; i < n; i++) if (of[i] === r && app.lat[i] === app.lat[i]) places.push([app.lat[i], app.lon[i]]);
      box = L.latLngBounds(places);
    }
    if (box.isValid()) map.flyToBounds(box.pad(.1), { maxZoom: 10, duration: .6 });
  };
  app.goTo = i => {
    if (app.lat[i] !== app.lat[i]) return panel.say((app.A.name[i] || app.A.id[i]) + " has no place on the map.");
    map.setView([app.lat[i], app.lon[i]], Math.max(map.getZoom(), 10), { animate: false });
    app.facts.account(app.panes[0], i);
  };
  app.goToArea = a => {
    const box = app.areas.bounds([a]);
    if (!box.isValid()) return;
    map.fitBounds(box.pad(1), { animate: false });
    app.facts.area(app.panes[0], a, box.getCenter());
  };

  panel.layer("Territories", true);
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ position: "bottomright" }).addTo(map);
  map.attributionControl.setPrefix("Leaflet · Natural Earth, US Census Bureau");
  legend.fill();
  const begin = () => {
    map.invalidateSize({ animate: false, pan: false });
    if (data.view) map.fitBounds(data.view, { padding: [28, 28], maxZoom: 12, animate: false });
    else map.setView([25, 0], 2, { animate: false });
  };
  begin();
  const begun = map.getCenter();
  app.panes.push(territoryPane(app, map, "plan"));
  panel.press("plan");
  tell();
  if (typeof DecompressionStream === "undefined")
    return void panel.say("This browser is too old to read the accounts of this map. Open it in one of 2023 or later.");

  await territoryAccounts(app, columns);
  const few = m => !app.areas || m <= 500;  // areas tell it better than thousands of dots and lines
  const moved = app.moved;
  panel.layer("Accounts", few(n), n);
  if (R.lat.some(v => v !== null)) panel.layer("Homes", true);
  if (app.centres.length) panel.layer("Centres", true);
  panel.layer("Names", R.id.length <= 60);
  if (moved) panel.layer("Moves", few(moved), moved);
  if (app.uncovered.length) panel.layer("Uncovered", true, app.uncovered.length);
  if (app.clashing.length) panel.layer("Clashing", true, app.clashing.length);
  const untouched = map.getCenter().equals(begun);
  app.show("plan");
  if (untouched) begin();  // the panel has its width only now
  territoryPrinting(app);
  map.on("moveend", tell);
  requestAnimationFrame(() => requestAnimationFrame(() => { window.territoryDrawn = performance.now(); }));
  await territoryTexts(app, columns);
  search.find();
  tell();
  window.territoryReady = performance.now();
}
