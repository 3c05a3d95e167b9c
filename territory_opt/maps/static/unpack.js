// Unpacks the columns of the page: base64 and deflate, then planes of bytes or one text.
function territoryColumns(heads) {
  "use strict";
  function bytesOf(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const plain = atob(text), bytes = new Uint8Array(plain.length);
    for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i);
    return bytes;
  }
  async function inflated(name) {
    const block = document.querySelector('script[data-column="' + name + '"]');
    const stream = new Blob([bytesOf(block.textContent)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  // Numbers, NaN where one is not known.
  async function numbers(name) {
    const { low, planes, scale } = heads[name], bytes = await inflated(name), n = bytes.length / planes;
    const values = new Float64Array(n);
    for (let k = planes - 1; k >= 0; k--)
      for (let i = 0, at = k * n; i < n; i++) values[i] = values[i] * 256 + bytes[at + i];
    for (let i = 0; i < n; i++) values[i] = values[i] === 0 ? NaN : (values[i] - 1 + low) / scale;
    return values;
  }
  async function texts(name) {
    if (!heads[name].texts) return [];
    return new TextDecoder().decode(await inflated(name)).split("\0");
  }
  return { has: name => name in heads, names: Object.keys(heads), numbers, texts };
}
