// Places on the map as x, y in 0 … 1 (Web Mercator), and which of them lie in a box.
function territoryPlaces(lat, lon) {
  "use strict";
  const n = lat.length, x = new Float64Array(n), y = new Float64Array(n);
  const mercator = deg => {
    const sine = Math.sin(Math.max(-85.0511, Math.min(85.0511, deg)) * Math.PI / 180);
    return .5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  };
  const latitude = v => 90 - 360 * Math.atan(Math.exp((v - .5) * 2 * Math.PI)) / Math.PI;
  let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity, known = 0;
  for (let i = 0; i < n; i++) {
    x[i] = (lon[i] + 180) / 360; y[i] = mercator(lat[i]);
    if (x[i] !== x[i]) continue;
    known++;
    west = Math.min(west, x[i]); east = Math.max(east, x[i]);
    north = Math.min(north, y[i]); south = Math.max(south, y[i]);
  }
  // A grid of cells over all places: those of a cell stand side by side in `order`.
  const side = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(known / 3))));
  const width = (east - west) / side || 1, height = (south - north) / side || 1;
  const column = v => Math.max(0, Math.min(side - 1, Math.floor((v - west) / width)));
  const row = v => Math.max(0, Math.min(side - 1, Math.floor((v - north) / height)));
  const start = new Int32Array(side * side + 1), cell = new Int32Array(n), order = new Int32Array(known);
  for (let i = 0; i < n; i++) if (x[i] === x[i]) start[(cell[i] = row(y[i]) * side + column(x[i])) + 1]++;
  for (let c = 0; c < side * side; c++) start[c + 1] += start[c];
  const next = start.slice();
  for (let i = 0; i < n; i++) if (x[i] === x[i]) order[next[cell[i]]++] = i;

  // Rows of the places in a box, in no particular order; valid until the next call.
  const found = new Int32Array(known);
  function within(x0, y0, x1, y1) {
    let count = 0;
    if (!known || x1 < west || x0 > east || y1 < north || y0 > south) return found.subarray(0, 0);
    for (let r = row(y0), last = row(y1), from = column(x0), to = column(x1); r <= last; r++)
      for (let k = start[r * side + from], end = start[r * side + to + 1]; k < end; k++) {
        const i = order[k];
        if (x[i] >= x0 && x[i] <= x1 && y[i] >= y0 && y[i] <= y1) found[count++] = i;
      }
    return found.subarray(0, count);
  }
  return { x, y, within, mercator, latitude };
}
