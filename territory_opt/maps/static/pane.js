// One map of the page: background, territories and the canvas of accounts, as they are today or in the plan.
function territoryPane(app, map, when) {
  "use strict";
  const ROOM = 42;  // pixels between territories
  const { R } = app, pairs = app.pairs, pane = { map, when };
  map.createPane("land").style.zIndex = 150;
  map.createPane("hulls").style.zIndex = 350;
  map.createPane("marks").style.zIndex = 420;
  const land = L.canvas({ pane: "land" }), style = { pane: "land", renderer: land, interactive: false,
    color: "#c9d2dc", weight: 1, fillColor: "#fbfcfd", fillOpacity: 1 };
  app.land.forEach(ring => L.polygon(ring, style).addTo(map));

  const areas = app.areas && app.areas.on(map), hulls = L.canvas({ pane: "hulls", padding: .3 });
  const grounds = {};
  function ground(of) {
    if (grounds[of]) return grounds[of];
    const group = L.layerGroup();
    R[of].forEach((rings, r) => rings.forEach(ring => L.polygon(pairs(ring), { pane: "hulls", renderer: hulls, interactive: false,
      color: R.colour[r], weight: 1.4, opacity: .75, fillOpacity: .13, hull: r }).addTo(group)));
    return (grounds[of] = group);
  }
  // Outlines around accounts are worth drawing where there is some room for each.
  function isRoomy() {
    if (!app.ready || app.chosen >= 0) return true;
    const size = map.getSize(), inside = app.flows.anchor[pane.when].filter(p => {
      const at = p && map.latLngToContainerPoint([app.places.latitude(p[1]), p[0] * 360 - 180]);
      return at && at.x > 0 && at.y > 0 && at.x < size.x && at.y < size.y;
    }).length;
    return size.x * size.y > inside * ROOM * ROOM;
  }
  function showGround() {
    for (const of of ["plan", "today"]) {
      const shown = app.shown.Territories && of === pane.when;
      if (shown && isRoomy()) ground(of).addTo(map); else if (grounds[of]) grounds[of].remove();
      if (areas) shown ? areas.layer(of).addTo(map) : areas.hide(of);
    }
    if (areas) areas.choose(app.shown.Territories ? app.chosen : -1, pane.when);
    else if (grounds[pane.when]) grounds[pane.when].eachLayer(p => {
      const mine = app.chosen < 0 || p.options.hull === app.chosen;
      p.setStyle({ opacity: mine ? .75 : .15, fillOpacity: mine ? (app.chosen < 0 ? .13 : .22) : .03 });
    });
  }
  const canvas = new TerritoryCanvas(app, when);
  canvas.addTo(map);
  pane.canvas = canvas;
  pane.show = of => { pane.when = canvas.when = of; pane.refresh(); };
  pane.refresh = () => { showGround(); canvas.redraw(); };

  const label = L.tooltip({ className: "t-label", direction: "top", offset: [0, -8] });
  const under = e => {
    const found = canvas.at(e.containerPoint);
    if (found.home === undefined && found.account === undefined && !found.bin && app.areas && app.shown.Territories) {
      const area = app.areas.at(e.latlng);
      return area >= 0 ? { area } : {};
    }
    return found;
  };
  map.on("mousemove", e => {
    const text = app.facts.label(under(e), pane.when);
    map.getContainer().style.cursor = text ? "pointer" : "";
    if (!text) return void label.remove();
    label.setLatLng(e.latlng).setContent(territoryNode("span", text)).addTo(map);
  });
  map.on("mouseout", () => label.remove());
  map.on("click", e => {
    const found = under(e);
    label.remove();
    if (found.bin) map.flyTo(e.latlng, Math.min(map.getZoom() + 2, TerritoryCanvas.DEEPEST), { duration: .5 });
    else if (!app.facts.open(pane, found, e.latlng)) app.choose(-1);
  });
  map.on("popupclose", () => app.look(-1));
  map.on("zoomend", showGround);
  pane.refresh();
  return pane;
}
// Two maps that show the same part of the world, whichever of them is moved.
function territoryPair(one, other) {
  "use strict";
  let busy = false;
  const follow = (leader, follower) => {
    const step = exactly => {
      if (busy) return;
      busy = true;
      if (exactly) follower.setView(leader.getCenter(), leader.getZoom(), { animate: false });
      else if (leader.getZoom() === follower.getZoom()) {
        const way = follower.project(leader.getCenter()).subtract(follower.project(follower.getCenter())).round();
        if (way.x || way.y) follower._rawPanBy(way);
      }
      busy = false;
    };
    leader.on("move", () => step(false));
    leader.on("moveend", () => step(true));
  };
  follow(one, other);
  follow(other, one);
}
