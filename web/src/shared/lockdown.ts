const ZOOM_KEYS = new Set(["+", "-", "=", "0"]);
const EDITING_KEYS = new Set(["Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home", "End"]);
const MOVING_KEYS = new Set(["Tab", "Enter", " ", "ArrowUp", "ArrowDown", "Shift"]);

/** Whether a key may do its ordinary work: moving about, and writing into a field. */
export function keyMayPass(event: KeyboardEvent): boolean {
  const combined = event.ctrlKey || event.metaKey || event.altKey;
  if (combined) return false;
  if (MOVING_KEYS.has(event.key)) return true;
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  return typing && (event.key.length === 1 || EDITING_KEYS.has(event.key));
}

/**
 * Keeps the page where it is: no menu, no zoom, no dragging, no selection but in fields, no
 * shortcuts of the browser, no leaving by a link or by history.
 */
export function lockDown(): void {
  const swallow = (event: Event) => event.preventDefault();
  const always = { capture: true, passive: false } as const;
  for (const name of ["contextmenu", "dragstart", "drop", "dragover", "gesturestart", "auxclick"]) {
    addEventListener(name, swallow, always);
  }
  addEventListener("selectstart", (event) => {
    const { target } = event;
    if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) event.preventDefault();
  });
  addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), always);
  addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), always);
  addEventListener(
    "keydown",
    (event) => {
      const zoom = (event.ctrlKey || event.metaKey) && ZOOM_KEYS.has(event.key);
      if (zoom || !keyMayPass(event)) event.preventDefault();
    },
    always,
  );
  window.open = () => null;
  addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a[href]")) event.preventDefault();
  });
  stayHere();
  history.pushState(null, "", location.href);
  addEventListener("popstate", () => history.pushState(null, "", location.href));
}

/** What is used of the Navigation API (HTML Living Standard, section 7.2.6); WebKit has none yet. */
interface NavigateEvent extends Event {
  readonly destination: { readonly sameDocument: boolean; readonly url: string };
}

let wayOut = "";

/** Goes to another page of the service: the one way out of a locked page. */
export function leaveFor(address: string): void {
  wayOut = new URL(address, location.href).href;
  location.replace(wayOut);
}

/** Where the engine has the Navigation API, a script cannot take the page elsewhere either. */
function stayHere(): void {
  const { navigation } = window as { navigation?: EventTarget };
  navigation?.addEventListener("navigate", (event) => {
    const { sameDocument, url } = (event as NavigateEvent).destination;
    if (!sameDocument && url !== wayOut) event.preventDefault();
  });
}
