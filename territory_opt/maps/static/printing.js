// Paper: title, map and key fill a page in landscape, drawn finer than on the screen; the table follows.
function territoryPrinting(app) {
  "use strict";
  const root = document.documentElement, stage = document.querySelector(".t-maps"), retina = L.Browser.retina;
  const PAGE = 690, FEW = 10;  // pixels of a page's height that are safe on A4 and Letter; rows that fit below a map
  const height = selector => document.querySelector(selector).offsetHeight;
  let before = null;
  function fit([map, box]) {
    map.invalidateSize({ animate: false, pan: false });
    const all = app.data.view && L.latLngBounds(app.data.view);
    map.fitBounds(app.printing && all && box.contains(all) ? all : box, { animate: false });
  }
  // What Leaflet would draw with the next frame: paper does not wait for it.
  const finish = () => app.each(p => p.map.eachLayer(l => {
    if (!(l instanceof L.Canvas)) return;
    l._redrawBounds = null;
    l._redraw();
  }));
  function start() {
    if (before) return;
    before = app.panes.map(p => [p.map, p.map.getBounds(), p.map.getCenter(), p.map.getZoom()]);
    app.printing = L.Browser.retina = true;
    root.classList.add("t-printing");
    const few = app.R.id.length <= FEW;
    root.classList.toggle("t-long", !few);
    stage.style.height = PAGE - height(".t-panel header") - height(".t-key") - (few ? height(".t-legend") : 0) + "px";
    before.forEach(fit);
    app.refresh();
    finish();
  }
  function end() {
    if (!before) return;
    app.printing = false;
    L.Browser.retina = retina;
    root.classList.remove("t-printing", "t-long");
    stage.style.height = "";
    app.resized();
    before.forEach(([map, , centre, zoom]) => map.setView(centre, zoom, { animate: false }));
    before = null;
    app.refresh();
  }
  // Chromium puts canvases on paper as they were in the last frame, so the button lets one pass first.
  app.print = () => { start(); requestAnimationFrame(() => requestAnimationFrame(() => window.print())); };
  window.addEventListener("beforeprint", start);
  window.addEventListener("afterprint", end);
  window.matchMedia("print").addEventListener("change", e => (e.matches ? start() : end()));
}
