// The table of territories: its columns in tabs, sorted by a click on a heading; a row flies to its territory.
function territoryLegend(names, ids, colours, tabs, onChoose) {
  "use strict";
  const node = territoryNode, box = node("div", undefined, "t-legend"), table = node("table");
  const bar = node("div", undefined, "t-tabs"), rows = names.map((_, r) => r);
  let tab = 0, sortBy = 0, descending = false, shown = rows, chosen = -1;
  tabs.forEach((t, k) => {
    const button = node("button", t.name);
    button.type = "button";
    button.dataset.tab = t.name;
    button.onclick = () => { tab = k; sortBy = 0; descending = false; fill(); };
    bar.append(button);
  });
  bar.hidden = tabs.length < 2;
  box.append(table);

  const columns = () => [{ title: "Territory", value: r => names[r] }, ...tabs[tab].columns];
  function order(column) {
    const sign = descending ? -1 : 1;
    return [...shown].sort((a, b) => {
      const x = column.value(a), y = column.value(b);
      if (x === null || y === null) return (x === null) - (y === null);  // unknown ones last, either way
      return sign * (typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y);
    });
  }
  function heading(c, k) {
    const th = node("th", c.title + (k === sortBy ? (descending ? " ↓" : " ↑") : ""));
    if (c.band) th.append(node("span", c.band));
    th.title = c.tip || "";
    th.onclick = () => { descending = k === sortBy ? !descending : false; sortBy = k; fill(); };
    return th;
  }
  function row(list, r) {
    const tr = node("tr"), dot = node("span", undefined, "t-dot");
    tr.dataset.rep = ids[r];
    tr.classList.toggle("t-chosen", r === chosen);
    dot.style.background = colours[r];
    list.forEach((c, k) => {
      const v = c.value(r), td = node("td", undefined, c.out && c.out(r) ? "t-out" : "");
      td.append(...(k === 0 ? [dot, v] : [v === null ? "–" : c.text ? c.text(v, r) : territoryNumber(v)]));
      if (k === 0) td.title = v;
      tr.append(td);
    });
    tr.onclick = () => onChoose(r);
    return tr;
  }
  function fill() {
    const list = columns(), head = node("tr");
    head.append(...list.map(heading));
    table.className = list.length > 4 ? "t-many" : "";
    const top = node("thead"), body = node("tbody");
    top.append(head);
    body.append(...order(list[sortBy]).map(r => row(list, r)));
    table.replaceChildren(top, body);
    [...bar.children].forEach((b, k) => b.setAttribute("aria-pressed", String(k === tab)));
  }
  function choose(r) {
    chosen = r;
    for (const tr of table.rows) tr.classList.toggle("t-chosen", r >= 0 && tr.dataset.rep === ids[r]);
  }
  // Only territories whose name or id holds a word; all of them where none does.
  function filter(word) {
    const hits = rows.filter(r => names[r].toLowerCase().includes(word) || ids[r].toLowerCase().includes(word));
    shown = word && hits.length ? hits : rows;
    fill();
    return word ? hits : [];
  }
  return { nodes: [bar, box], fill, filter, choose };
}
