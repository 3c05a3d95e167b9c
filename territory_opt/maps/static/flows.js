// Who hands how many accounts to whom: an arrow from the old home to the new one.
function territoryFlows(app) {
  "use strict";
  const { R, rep, owner, places } = app, size = R.id.length, found = new Map();
  for (let i = 0; i < rep.length; i++) {
    if (owner[i] < 0 || rep[i] < 0 || owner[i] === rep[i]) continue;
    const key = owner[i] * size + rep[i], flow = found.get(key);
    if (flow) flow.count++; else found.set(key, { from: owner[i], to: rep[i], count: 1 });
  }
  const flows = [...found.values()].sort((a, b) => b.count - a.count);
  // Where a territory is: at its home, else amid its accounts.
  function anchors(of) {
    const x = new Float64Array(size), y = new Float64Array(size), n = new Float64Array(size);
    for (let i = 0; i < of.length; i++) {
      if (of[i] < 0 || places.x[i] !== places.x[i]) continue;
      x[of[i]] += places.x[i]; y[of[i]] += places.y[i]; n[of[i]]++;
    }
    return R.id.map((_, r) => R.lat[r] !== null && R.lon[r] !== null ? [(R.lon[r] + 180) / 360, places.mercator(R.lat[r])]
      : n[r] ? [x[r] / n[r], y[r] / n[r]] : null);
  }
  const anchor = { today: anchors(owner), plan: anchors(rep) };
  for (const flow of flows) { flow.a = anchor.today[flow.from]; flow.b = anchor.plan[flow.to]; }
  const drawable = flows.filter(f => f.a && f.b);
  const partners = r => ({
    gives: flows.filter(f => f.from === r).map(f => [f.to, f.count]),
    gets: flows.filter(f => f.to === r).map(f => [f.from, f.count]),
  });
  return { all: flows, drawable, anchor, partners };
}
