// Areas drawn from their common borders: each line is stored once, and a ring is a walk along lines.
function territoryAreas(areas, colourOf) {
  "use strict";
  const lines = areas.lines.map(flat => {
    const points = [];
    for (let i = 0, x = 0, y = 0; i < flat.length; i += 2)
      points.push(L.latLng((y += flat[i + 1]) / areas.grid, (x += flat[i]) / areas.grid));
    return points;
  });
  const walk = ring => {
    const points = [];
    for (const i of ring) {
      const line = i < 0 ? [...lines[-1 - i]].reverse() : lines[i];
      for (let k = 0; k < line.length - 1; k++) points.push(line[k]);
    }
    return points;
  };
  const shapes = areas.shapes.map(polygons => polygons.map(rings => rings.map(walk)));
  const boxes = shapes.map(polygons => L.latLngBounds(polygons.flatMap(rings => rings[0])));
  const sides = lines.map(() => []);  // the one or two areas along each line
  areas.shapes.forEach((polygons, a) => polygons.forEach(rings => rings.forEach(ring =>
    ring.forEach(i => sides[i < 0 ? -1 - i : i].push(a)))));

  // Which lines lie between two territories, within one, or on a shore, when areas are held so. A line with the
  // same area on both sides is where the globe was cut in two.
  function borders(holder) {
    const found = { between: [], within: [], shore: [] };
    lines.forEach((line, i) => {
      const [a, b] = sides[i];
      if (a !== b) found[b === undefined ? "shore" : holder[a] === holder[b] ? "within" : "between"].push(line);
    });
    return found;
  }
  // The area at a place, -1 for none: how many times a line to the north crosses its rings.
  function at(place) {
    return shapes.findIndex((polygons, a) => boxes[a].isValid() && boxes[a].contains(place)
      && polygons.some(rings => rings.reduce((inside, ring) => inside !== around(ring, place), false)));
  }
  function around(ring, { lat, lng }) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const p = ring[i], q = ring[j];
      if ((p.lng > lng) !== (q.lng > lng) && lat < p.lat + (q.lat - p.lat) * (lng - p.lng) / (q.lng - p.lng)) inside = !inside;
    }
    return inside;
  }
  const of = (r, when) => areas[when].flatMap((held, a) => (held === r ? [a] : []));
  const bounds = list => list.reduce((box, a) => box.extend(boxes[a]), L.latLngBounds([]));

  // The same areas on one of the maps of the page.
  function on(map) {
    map.createPane("areas").style.zIndex = 350;
    map.createPane("chosen").style.zIndex = 380;
    const renderer = L.canvas({ pane: "areas", padding: .4 }), above = L.canvas({ pane: "chosen", padding: .4 });
    const stroke = (list, style) => L.polyline(list, { renderer, interactive: false, smoothFactor: .5, ...style });
    const drawn = {};
    function layer(when) {
      if (drawn[when]) return drawn[when];
      const holder = areas[when], territories = new Map(), found = borders(holder);
      shapes.forEach((polygons, a) => {
        if (!territories.has(holder[a])) territories.set(holder[a], []);
        territories.get(holder[a]).push(...polygons);
      });
      const group = L.layerGroup();
      for (const [r, polygons] of territories)
        L.polygon(polygons, { renderer, interactive: false, smoothFactor: .5, stroke: false, territory: r,
          fillColor: colourOf(r), fillOpacity: r < 0 ? .25 : .58 }).addTo(group);
      stroke(found.within, { color: "#fff", weight: .7, opacity: .7 }).addTo(group);
      stroke(found.between, { color: "#fff", weight: 2.4, opacity: 1 }).addTo(group);
      stroke(found.shore, { color: "#8b98a7", weight: .8, opacity: .8 }).addTo(group);
      return (drawn[when] = group);
    }
    const hide = when => { if (drawn[when]) drawn[when].remove(); };
    const chosen = L.layerGroup().addTo(map);
    function choose(r, when) {
      chosen.clearLayers();
      if (r < 0) return;
      const held = areas[when], edge = lines.filter((_, i) => sides[i].filter(a => held[a] === r).length === 1);
      for (const [color, weight] of [["#fff", 5], ["#1c2733", 2.2]])
        L.polyline(edge, { renderer: above, interactive: false, smoothFactor: .5, color, weight }).addTo(chosen);
    }
    return { layer, hide, choose };
  }
  return { on, at, bounds, of };
}
