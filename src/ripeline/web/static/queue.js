// The queue by keyboard, and its cards kept up to date without being drawn anew while nothing has changed.
"use strict";
(() => {
  const cards = () => document.getElementById("cards");
  const links = () => [...document.querySelectorAll("#cards .who a")];
  const current = () => document.activeElement && document.activeElement.closest("#cards .offer");
  const isBusy = () => {
    const part = cards(), at = document.activeElement;
    return part.querySelector("details[open]") !== null || (part.contains(at) && at.matches("input, textarea"));
  };
  const move = (by) => {
    const all = links(), card = current();
    if (!all.length) return;
    const at = card ? all.indexOf(card.querySelector(".who a")) : by > 0 ? -1 : 0;
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    next.focus();
    next.closest(".offer").scrollIntoView({ block: "nearest" });
  };
  const accept = () => {
    const card = current(), button = card && card.querySelector("form[action$='/accept/'] button");
    if (button) button.click();
  };
  const help = () => document.getElementById("keys").showModal();
  const keys = { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), a: accept, "?": help };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=radio]), textarea, select");
    const does = event.ctrlKey || event.metaKey || event.altKey || isTyping ? undefined : keys[event.key];
    if (!does || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    does();
  });

  let focused = null;
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id === "cards") event.detail.headers["If-None-Match"] = cards().dataset.tag;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "cards" && (isBusy() || document.hidden)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "cards") return;
    // Whoever was logged out meanwhile gets the page of the login: nothing to put in here.
    const isPart = event.detail.xhr.status === 200 && event.detail.serverResponse.includes('id="cards"');
    if (!isPart || isBusy()) event.detail.shouldSwap = false;
    const card = current();
    focused = event.detail.shouldSwap && card ? card.id : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const card = focused && document.getElementById(focused);
    if (card) card.querySelector(".who a").focus({ preventScroll: true });
    focused = null;
  });
})();
