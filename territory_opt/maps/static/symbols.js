// What is drawn on the canvas: dots, hexagons, homes, rings, arrows and names. `c` is a 2D context.
const territorySymbols = (() => {
  "use strict";
  const RED = "#b3261e", INK = "#1c2733";
  const sprites = new Map();
  // A dot as a picture of its own: tens of thousands are then copied, not drawn.
  function dot(colour, radius, ratio, ring) {
    const key = colour + radius.toFixed(2) + "/" + ratio + (ring ? "r" : "");
    if (sprites.has(key)) return sprites.get(key);
    const half = radius + 2, picture = document.createElement("canvas");
    picture.width = picture.height = Math.ceil(2 * half * ratio);
    const c = picture.getContext("2d");
    c.scale(ratio, ratio);
    c.beginPath();
    c.arc(half, half, radius, 0, 7);
    c.fillStyle = colour;
    c.globalAlpha = .9;
    c.fill();
    c.globalAlpha = 1;
    c.lineWidth = ring ? Math.min(1.8, .6 + radius * .25) : radius > 2 ? 1 : .4;
    c.strokeStyle = ring ? INK : "rgba(255,255,255,.9)";
    c.stroke();
    if (sprites.size > 4000) sprites.clear();
    sprites.set(key, { picture, half, size: picture.width / ratio });
    return sprites.get(key);
  }
  const corners = [0, 1, 2, 3, 4, 5].map(k => [Math.sin(k * Math.PI / 3), -Math.cos(k * Math.PI / 3)]);
  function hexagon(c, x, y, r) {
    corners.forEach(([dx, dy], k) => c[k ? "lineTo" : "moveTo"](x + r * dx, y + r * dy));
    c.closePath();
  }
  // A house: not to be taken for an account.
  function home(c, x, y, r, colour) {
    c.beginPath();
    c.moveTo(x, y - r * 1.25); c.lineTo(x + r * 1.15, y - r * .2); c.lineTo(x + r * .8, y - r * .2);
    c.lineTo(x + r * .8, y + r); c.lineTo(x - r * .8, y + r); c.lineTo(x - r * .8, y - r * .2); c.lineTo(x - r * 1.15, y - r * .2);
    c.closePath();
    c.lineJoin = "round";
    c.lineWidth = Math.max(1.5, r * .75); c.strokeStyle = "#fff"; c.stroke();
    c.lineWidth = Math.max(.8, r * .3); c.strokeStyle = INK; c.stroke();
    c.fillStyle = colour; c.fill();
  }
  function circle(c, x, y, r, colour, width, fill) {
    c.beginPath(); c.arc(x, y, r, 0, 7);
    if (fill) { c.fillStyle = fill; c.fill(); }
    c.lineWidth = width; c.strokeStyle = colour; c.stroke();
  }
  function diamond(c, x, y, r) {
    c.beginPath();
    c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y);
    c.closePath();
    c.lineWidth = 3.5; c.strokeStyle = "rgba(255,255,255,.8)"; c.stroke();
    c.lineWidth = 1.8; c.strokeStyle = RED; c.stroke();
  }
  // A bow from a to b with its head short of b, where a home stands.
  function arrow(c, a, end, width, colour, gap = 9) {
    const dx = end[0] - a[0], dy = end[1] - a[1], far = Math.hypot(dx, dy);
    if (far < gap + 6) return;
    const b = [end[0] - gap * (dx + dy * .32) / (far * 1.05), end[1] - gap * (dy - dx * .32) / (far * 1.05)];
    const mid = [(a[0] + end[0]) / 2 - dy * .16, (a[1] + end[1]) / 2 + dx * .16];
    const along = Math.atan2(b[1] - mid[1], b[0] - mid[0]), head = Math.min(far * .4, 5 + width * 1.7), half = head * .45 + width * .2;
    const neck = [b[0] - head * .8 * Math.cos(along), b[1] - head * .8 * Math.sin(along)];
    const bow = () => { c.beginPath(); c.moveTo(...a); c.quadraticCurveTo(...mid, ...neck); c.stroke(); };
    c.lineCap = "round";
    c.lineWidth = width + 2; c.strokeStyle = "rgba(255,255,255,.75)"; bow();
    c.lineWidth = width; c.strokeStyle = colour; bow();
    c.beginPath();
    c.moveTo(...b);
    for (const turn of [1, -1]) c.lineTo(b[0] - head * Math.cos(along) + turn * half * Math.sin(along), b[1] - head * Math.sin(along) - turn * half * Math.cos(along));
    c.closePath();
    c.lineWidth = 1.2; c.strokeStyle = "rgba(255,255,255,.75)"; c.stroke();
    c.fillStyle = colour; c.fill();
  }
  function name(c, text, x, y) {
    c.lineJoin = "round"; c.lineWidth = 3.5; c.strokeStyle = "rgba(255,255,255,.92)";
    c.strokeText(text, x, y);
    c.fillStyle = INK;
    c.fillText(text, x, y);
  }
  return { RED, INK, dot, hexagon, home, circle, diamond, arrow, name };
})();
