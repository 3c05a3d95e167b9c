// Finds accounts, areas and territories by a part of their name or id.
function territorySearch(app, legend) {
  "use strict";
  const { data, A } = app, node = territoryNode, MOST = 8, SCANNED = 300;
  const box = node("div", undefined, "t-search"), field = node("input"), hits = node("ul");
  const hint = "Find an account" + (app.areas ? ", an area" : "") + " or a territory";
  field.type = "search"; field.placeholder = hint; field.setAttribute("aria-label", hint);
  box.append(field, hits);
  const hit = (text, kind, go) => {
    const item = node("li", text);
    item.append(node("i", kind));
    item.onclick = go;
    hits.append(item);
  };
  const lower = new Map();  // texts in small letters, made when first asked for
  const small = texts => lower.get(texts) || lower.set(texts, texts.map(t => t.toLowerCase())).get(texts);
  // Names that begin with the word come first.
  function matches(names, ids, word, most) {
    const a = small(names), b = small(ids), found = [];
    for (let i = 0; i < a.length && found.length < SCANNED; i++) if (a[i].includes(word) || b[i].includes(word)) found.push(i);
    const rank = i => (a[i].startsWith(word) || b[i].startsWith(word) ? 0 : 1);
    return found.sort((i, j) => rank(i) - rank(j) || i - j).slice(0, most);
  }
  function find() {
    const word = field.value.trim().toLowerCase();
    hits.replaceChildren();
    legend.filter(word.length < 2 ? "" : word);
    if (word.length < 2) return;
    if (!app.texts) hits.append(node("li", "Names are still being read …", "t-note"));
    else for (const i of matches(A.name, A.id, word, MOST))
      hit(A.name[i] === A.id[i] ? A.id[i] : A.name[i] + " · " + A.id[i], "account", () => app.goTo(i));
    if (app.areas) for (const a of matches(data.areas.name, data.areas.id, word, 4))
      hit(data.areas.name[a] + " · " + data.areas.id[a], "area", () => app.goToArea(a));
  }
  let waiting = 0;
  field.oninput = () => {
    clearTimeout(waiting);
    if (app.n > 50000) waiting = setTimeout(find, 150); else find();
  };
  return { node: box, find };
}
