// The canvas with everything that is not an outline. Leaflet's own renderer moves it with the map; what lies in view
// is drawn at once, as dots or, where there are too many to be told apart, as hexagons.
const TerritoryCanvas = L.Renderer.extend({
  initialize: function (app, when) {
    L.Renderer.prototype.initialize.call(this, { padding: .15, pane: "marks" });
    this.app = app;
    this.when = when;
  },
  _initContainer: function () {
    this._container = territoryNode("canvas", undefined, "t-canvas");
  },
  _destroyContainer: function () {
    this._container.remove();
    delete this._container;
  },
  _update: function () {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.draw();
  },
  redraw: function () {
    if (this._map && this._bounds) this.draw();
  },
  // From a place (x, y in 0 … 1) to pixels of the canvas, and the box in view.
  _frame: function () {
    const scale = this._map.options.crs.scale(this._zoom), origin = this._map.getPixelOrigin(), b = this._bounds, size = b.getSize();
    const left = origin.x + b.min.x, top = origin.y + b.min.y;
    return { scale, left, top, width: size.x, height: size.y, px: x => x * scale - left, py: y => y * scale - top };
  },
  draw: function () {
    const b = this._bounds, size = b.getSize(), canvas = this._container, app = this.app;
    const ratio = app.printing ? 3 : Math.min(window.devicePixelRatio || 1, 2), f = (this.frame = this._frame());
    L.DomUtil.setPosition(canvas, b.min);
    canvas.width = size.x * ratio; canvas.height = size.y * ratio;
    canvas.style.width = size.x + "px"; canvas.style.height = size.y + "px";
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    this.bins = this.radii = null;
    this.hidden = 0;  // hand-overs that are not drawn
    if (!app.ready) return;
    const margin = 12 / f.scale, x0 = f.left / f.scale, y0 = f.top / f.scale;
    const rows = app.places.within(x0 - margin, y0 - margin, (f.left + f.width) / f.scale + margin, (f.top + f.height) / f.scale + margin);
    const many = rows.length > TerritoryCanvas.MANY && this._zoom < TerritoryCanvas.DEEPEST;
    if (app.shown.Accounts) many ? this._hexagons(c, f, rows) : this._dots(c, f, rows, ratio);
    if (app.shown.Moves && (this.when === "plan" || app.view !== "both")) this._flows(c, f);
    if (!this.bins) this._marks(c, f);
    this._account(c, f);
    this._seats(c, f);
  },
  _dots: function (c, f, rows, ratio) {
    const { x, y } = this.app.places, { size, data, owner, rep, chosen } = this.app, of = this.when === "plan" ? rep : owner;
    const room = Math.sqrt(this._ground(f, rows) / (Math.max(rows.length, 1) * 45)), steps = [.36, .43, .52, .65, .82, 1];
    const shrink = steps.filter(s => s <= room).pop() || steps[0], few = rows.length <= 8000, plain = Boolean(data.areas);
    const radii = [0, 1, 2, 3, 4, 5, 6].map(s => shrink * (plain ? 1.4 + s * .55 : 2.6 + s));
    const ringed = this.when === "plan" && this.app.shown.Moves && few;
    const order = few ? Int32Array.from(rows).sort((a, b) => size[b] - size[a] || a - b) : rows;
    const colours = [...data.reps.colour, data.nobody];
    this.radii = radii;
    for (const pass of chosen < 0 ? [null] : [false, true])  // a chosen territory above the rest
      for (let k = 0; k < order.length; k++) {
        const i = order[k], mine = chosen < 0 || of[i] === chosen || (this.when === "plan" && ringed && owner[i] === chosen);
        if (pass !== null && pass !== mine) continue;
        const colour = mine ? colours[of[i] < 0 ? colours.length - 1 : of[i]] : "#c3cad3";
        const s = territorySymbols.dot(colour, radii[size[i]], ratio, ringed && mine && owner[i] >= 0 && owner[i] !== rep[i]);
        c.drawImage(s.picture, x[i] * f.scale - f.left - s.half, y[i] * f.scale - f.top - s.half, s.size, s.size);
      }
  },
  // Square pixels of the ground on which there are accounts: most of a map is empty.
  _ground: function (f, rows) {
    const { x, y } = this.app.places, SIDE = 24, across = Math.ceil(f.width / SIDE) + 2;
    const seen = new Uint8Array(across * (Math.ceil(f.height / SIDE) + 2));
    let cells = 0;
    for (let k = 0; k < rows.length; k++) {
      const at = (Math.floor(f.py(y[rows[k]]) / SIDE) + 1) * across + Math.floor(f.px(x[rows[k]]) / SIDE) + 1;
      if (!seen[at]) { seen[at] = 1; cells++; }
    }
    return cells * SIDE * SIDE;
  },
  // Six-sided bins, fixed to the ground; each in the colour of who holds most of it (Boyer & Moore's majority vote).
  _hexagons: function (c, f, rows) {
    const { x, y } = this.app.places, { data, owner, rep, flag, chosen } = this.app, of = this.when === "plan" ? rep : owner;
    const r = TerritoryCanvas.HEXAGON, dx = r * Math.sqrt(3), dy = r * 1.5;
    const first = Math.floor(f.left / dx) - 2, top = Math.floor(f.top / dy) - 2;
    const columns = Math.ceil(f.width / dx) + 5, lines = Math.ceil(f.height / dy) + 5, n = columns * lines;
    const bins = (this.bins = { r, dx, dy, first, top, columns, lines, count: new Int32Array(n), who: new Int32Array(n).fill(-1), share: new Int32Array(n), flag: new Uint8Array(n) });
    const votes = new Int32Array(n), at = new Int32Array(rows.length);
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k], b = (at[k] = this._bin(x[i] * f.scale, y[i] * f.scale)), who = chosen < 0 || of[i] === chosen ? of[i] : -2;
      if (b < 0) continue;
      bins.count[b]++;
      bins.flag[b] |= flag[i];
      if (!votes[b]) { bins.who[b] = who; votes[b] = 1; } else votes[b] += bins.who[b] === who ? 1 : -1;
    }
    let most = 0;
    for (let k = 0; k < rows.length; k++) if (at[k] >= 0) {
      const who = of[rows[k]];
      if (bins.who[at[k]] === (chosen < 0 || who === chosen ? who : -2)) bins.share[at[k]]++;
      most = Math.max(most, bins.count[at[k]]);
    }
    for (let b = 0; b < n; b++) if (bins.count[b]) {
      const j = top + Math.floor(b / columns), [hx, hy] = [((first + b % columns) + (j & 1) / 2) * dx - f.left, j * dy - f.top];
      c.globalAlpha = .5 + .45 * bins.share[b] / bins.count[b];
      c.fillStyle = bins.who[b] >= 0 ? data.reps.colour[bins.who[b]] : bins.who[b] === -2 ? "#c3cad3" : data.nobody;
      c.beginPath();
      territorySymbols.hexagon(c, hx, hy, (r - .6) * (.36 + .64 * Math.log1p(bins.count[b]) / Math.log1p(most)));
      c.fill();
      c.globalAlpha = 1;
      const shown = (bins.flag[b] & 1 && this.app.shown.Uncovered) || (bins.flag[b] & 2 && this.app.shown.Clashing);
      if (shown && this.when === "plan") { c.lineWidth = 1.4; c.strokeStyle = territorySymbols.RED; c.stroke(); }
    }
  },
  // The bin of a pixel of the world: the nearest of the middles in the two rows around it.
  _bin: function (wx, wy) {
    const { dx, dy, first, top, columns, lines } = this.bins, up = Math.floor(wy / dy);
    let best = -1, least = Infinity;
    for (let j = up; j <= up + 1; j++) {
      const i = Math.round(wx / dx - (j & 1) / 2), ex = wx - (i + (j & 1) / 2) * dx, ey = wy - j * dy, far = ex * ex + ey * ey;
      if (far >= least) continue;
      least = far;
      best = j < top || j >= top + lines || i < first || i >= first + columns ? -1 : (j - top) * columns + i - first;
    }
    return best;
  },
  _flows: function (c, f) {
    const { flows, data, chosen } = this.app, most = flows.drawable.length ? flows.drawable[0].count : 1;
    const place = ([x, y]) => [f.px(x), f.py(y)], inside = ([px, py]) => px > 0 && py > 0 && px < f.width && py < f.height;
    const seen = flows.drawable.filter(w => (chosen < 0 || w.from === chosen || w.to === chosen) && (inside(place(w.a)) || inside(place(w.b))));
    this.hidden = Math.max(0, seen.length - TerritoryCanvas.ARROWS);
    for (const w of seen.slice(0, TerritoryCanvas.ARROWS).reverse())
      territorySymbols.arrow(c, place(w.a), place(w.b), 1 + 4.5 * Math.sqrt(w.count / Math.max(most, 10)), data.reps.colour[w.to]);
  },
  _marks: function (c, f) {
    if (this.when !== "plan") return;
    const { places, uncovered, clashing, shown, size } = this.app, radius = i => (this.radii ? this.radii[size[i]] : 3) + 3.5;
    const each = (list, draw) => { for (const i of list) draw(f.px(places.x[i]), f.py(places.y[i]), i); };
    if (shown.Uncovered) each(uncovered, (px, py, i) => territorySymbols.circle(c, px, py, radius(i), territorySymbols.RED, 2));
    if (shown.Clashing) each(clashing, (px, py, i) => territorySymbols.diamond(c, px, py, radius(i) + 2));
  },
  // Where the account that is looked at was served from, and where it will be.
  _account: function (c, f) {
    const { account: i, places, owner, rep, flows, data } = this.app;
    if (i < 0 || places.x[i] !== places.x[i]) return;
    const here = [f.px(places.x[i]), f.py(places.y[i])], line = (to, colour, dash) => {
      if (!to) return;
      const end = [f.px(to[0]), f.py(to[1])];
      for (const [style, width] of [["#fff", 4.5], [colour, 2.2]]) {
        c.setLineDash(dash); c.beginPath(); c.moveTo(...here); c.lineTo(...end);
        c.lineWidth = width; c.strokeStyle = style; c.stroke();
      }
      c.setLineDash([]);
    };
    if (owner[i] >= 0 && owner[i] !== rep[i]) line(flows.anchor.today[owner[i]], data.reps.colour[owner[i]], [5, 5]);
    if (rep[i] >= 0) line(flows.anchor.plan[rep[i]], data.reps.colour[rep[i]], []);
    territorySymbols.circle(c, ...here, 9, territorySymbols.INK, 2.5);
  },
  _seats: function (c, f) {
    const { R, data, shown, chosen, flows, large } = this.app, taken = [];
    const names = shown.Names && (this.when === "plan" ? flows.anchor.plan : flows.anchor.today);
    const seats = shown.Homes ? R.id.flatMap((_, k) => R.lat[k] === null || R.lon[k] === null ? [] : [k]) : [];
    const place = k => [f.px((R.lon[k] + 180) / 360), f.py(this.app.places.mercator(R.lat[k]))];
    // Homes as large as the room between them allows.
    const inside = seats.filter(k => { const [px, py] = place(k); return px > 0 && py > 0 && px < f.width && py < f.height; }).length;
    const r = (this.seat = Math.max(2.4, Math.min(6.5, Math.sqrt(f.width * f.height / Math.max(inside, 1)) / 14)));
    for (const k of seats) territorySymbols.home(c, ...place(k), k === chosen ? r * 1.5 : r, chosen < 0 || k === chosen ? R.colour[k] : "#c3cad3");
    if (shown.Centres) for (const k of this.app.centres)
      territorySymbols.circle(c, f.px((data.centres.lon[k] + 180) / 360), f.py(this.app.places.mercator(data.centres.lat[k])), 4.5, territorySymbols.INK, 1.6, "#fff");
    if (!names) return;
    c.font = "600 12px system-ui, -apple-system, 'Segoe UI', sans-serif";
    c.textAlign = "center";
    const begin = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min), end = begin.add(this._map.getSize());
    for (const k of chosen < 0 ? large : [chosen, ...large]) {
      if (!names[k]) continue;
      const at = f.px(names[k][0]), py = f.py(names[k][1]) - r - 8, half = c.measureText(R.name[k]).width / 2 + 4;
      const visible = at > begin.x && at < end.x;  // a name beside the edge is moved inside
      const px = visible ? Math.max(begin.x + half, Math.min(end.x - half, at)) : at;
      const box = [px - half, py - 12, px + half, py + 5];
      if (taken.some(t => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
      taken.push(box);
      territorySymbols.name(c, R.name[k], px, py);
    }
  },
  // What lies under a point of the map's window: a home, accounts, a bin of them, or nothing.
  at: function (point) {
    const { app, frame: f } = this, p = this._map.containerPointToLayerPoint(point).subtract(this._bounds.min), R = app.R;
    if (!app.ready) return {};
    if (app.shown.Homes) {
      const near = (k, d) => R.lat[k] !== null && R.lon[k] !== null && Math.hypot(f.px((R.lon[k] + 180) / 360) - p.x, f.py(app.places.mercator(R.lat[k])) - p.y) < d;
      const home = R.id.findIndex((_, k) => near(k, this.seat + 2.5));
      if (home >= 0) return { home };
    }
    if (!app.shown.Accounts) return {};
    const wx = f.left + p.x, wy = f.top + p.y;
    if (this.bins) {
      const b = this._bin(wx, wy);
      return b >= 0 && this.bins.count[b] ? { bin: { count: this.bins.count[b], who: this.bins.who[b], share: this.bins.share[b] } } : {};
    }
    const reach = 14 / f.scale, x = wx / f.scale, y = wy / f.scale, far = i => Math.hypot(app.places.x[i] - x, app.places.y[i] - y) * f.scale;
    const hits = [...app.places.within(x - reach, y - reach, x + reach, y + reach)].filter(i => far(i) <= this.radii[app.size[i]] + 2.5);
    if (!hits.length) return {};
    hits.sort((a, b) => far(a) - far(b) || app.size[b] - app.size[a] || a - b);
    return { account: hits[0], beside: hits.slice(1).filter(i => far(i) - far(hits[0]) < 2) };
  },
});
TerritoryCanvas.MANY = 60000;  // accounts in view from which on hexagons tell more than dots
TerritoryCanvas.DEEPEST = 14;  // zoom from which on dots are drawn, however many
TerritoryCanvas.HEXAGON = 8;  // pixels from its middle to a corner
TerritoryCanvas.ARROWS = 250;  // at most, the largest first
