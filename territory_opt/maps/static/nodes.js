// Elements and numbers. Texts only ever enter the page through textContent.
const territoryNode = (tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
};
const wholeNumber = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const smallNumber = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const territoryNumber = v =>
  v === null || v === undefined ? "–" : (Math.abs(v) >= 100 ? wholeNumber : smallNumber).format(v);
// A list of terms and their values.
function territoryFacts(rows) {
  const list = territoryNode("dl");
  for (const [term, value] of rows) list.append(territoryNode("dt", term), territoryNode("dd", value));
  return list;
}
