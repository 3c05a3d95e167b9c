// The accounts of the page, unpacked: numbers before the first drawing, texts after it.
async function territoryAccounts(app, columns) {
  "use strict";
  const { n, data } = app, whole = async name => Int32Array.from(await columns.numbers(name));
  const measures = columns.names.filter(name => name.startsWith("value:"));
  const [lat, lon, rep, owner, clashing, ...values] = await Promise.all([
    columns.numbers("lat"), columns.numbers("lon"), whole("rep"), whole("owner"),
    columns.has("clash:rows") ? whole("clash:rows") : new Int32Array(0), ...measures.map(columns.numbers)]);
  Object.assign(app, { lat, lon, rep, owner, places: territoryPlaces(lat, lon) });
  measures.forEach((name, k) => { if (values[k].some(v => v > 0)) app.values[name.slice(6)] = values[k]; });
  // 0 … 6 by the root of the potential.
  const potential = values[measures.indexOf("value:potential")];
  app.size = new Uint8Array(n);
  for (let i = 0; i < n; i++) app.size[i] = Math.max(0, Math.min(6, Math.floor(7 * Math.sqrt(potential[i] / data.largest)))) || 0;
  app.flag = new Uint8Array(n);  // 1: nobody serves it, 2: it breaks a rule
  app.countToday = app.R.id.map(() => 0);
  app.moved = app.nowhere = 0;
  for (let i = 0; i < n; i++) {
    if (lat[i] !== lat[i]) app.nowhere++;
    if (rep[i] < 0) app.flag[i] = 1;
    if (owner[i] >= 0) { app.countToday[owner[i]]++; if (rep[i] >= 0 && owner[i] !== rep[i]) app.moved++; }
  }
  for (const i of clashing) app.flag[i] |= 2;
  const placed = flag => [...app.flag.keys()].filter(i => app.flag[i] & flag && lat[i] === lat[i]);
  app.uncovered = placed(1);
  app.clashing = placed(2);
  app.flows = territoryFlows(app);
  app.large = app.R.id.map((_, r) => r).sort((a, b) => app.R.accounts[b] - app.R.accounts[a]);  // their names come first
  app.ready = true;
}
async function territoryTexts(app, columns) {
  "use strict";
  const [km, rows, why, clashRows, clash] = await Promise.all([columns.numbers("km"), columns.numbers("why:rows"), columns.texts("why:texts"),
    columns.has("clash:rows") ? columns.numbers("clash:rows") : [], columns.has("clash:rows") ? columns.texts("clash:texts") : []]);
  app.km = km;
  rows.forEach((row, k) => app.why.set(row, why[k]));
  clashRows.forEach((row, k) => app.clash.set(row, clash[k]));
  [app.A.id, app.A.name] = await Promise.all([columns.texts("id"), columns.texts("name")]);
  app.texts = true;
}
// The columns of the legend: how the territories are balanced, and their shapes.
function territoryTabs(app) {
  "use strict";
  const { data, R } = app, today = () => app.view === "today";
  // Side by side: today's value, and the plan's.
  const both = (before, text) => (v, r) => (app.view === "both" && before(r) !== null ? text(before(r)) + " → " : "") + text(v);
  const column = (title, before, after, text, more) =>
    ({ title, value: r => (today() ? before : after)(r), text: both(before, text), ...more });
  const tabs = [{ name: "Balance", columns: [
    column("Accounts", r => (app.countToday ? app.countToday[r] : 0), r => R.accounts[r], territoryNumber),
    ...data.measures.map(m => column(app.plain(m.name), r => m.today[r], r => m.plan[r], v => v.toFixed(2), {
      full: "Index of " + app.plain(m.name), band: app.plain(m.band), tip: m.label,
      out: r => (today() ? m.broken_today : m.broken)[r] })),
  ] }];
  if (!data.compactness) return tabs;
  const shape = (name, title, tip, text) =>
    column(title, r => data.compactness.today[name][r], r => data.compactness.plan[name][r], text, { tip });
  const share = v => v.toFixed(2);
  tabs.push({ name: "Shape", columns: [
    shape("areas", "Areas", "How many areas", territoryNumber),
    shape("pieces", "Pieces", "Connected parts", territoryNumber),
    shape("polsby_popper", "Polsby–Popper", "4π × area ÷ perimeter²: 1 is a circle", share),
    shape("reock", "Reock", "Area ÷ that of the smallest circle around it", share),
    shape("hull_ratio", "Hull ratio", "Area ÷ that of its convex hull", share),
    shape("inertia", "Inertia", "Moment of inertia of a circle of its size ÷ its own", share),
    shape("diameter_km", "Diameter", "Greatest distance between two of its points", v => territoryNumber(v) + " km"),
  ] });
  return tabs;
}
