// What a person would complain about on a screen: words cut off, things on top of each other, keys
// too small, controls out of reach. Returns sentences; none when all is well.
({ key, reach, padded, narrowest = 80 }) => {
  const complaints = [];
  const name = (element) =>
    `${element.tagName.toLowerCase()}.${[...element.classList].filter((c) => !c.startsWith("svelte-")).join(".")}` +
    ` "${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 24)}"`;
  const root = document.documentElement;
  const dialog = document.querySelector("dialog[open]");
  const scope = dialog ?? document.body;

  if (root.scrollWidth > innerWidth + 1) complaints.push(`the page is ${root.scrollWidth} px wide`);
  if (root.scrollHeight > innerHeight + 1) complaints.push(`the page is ${root.scrollHeight} px high`);

  const hidden = (element) => element.closest(".unseen") || getComputedStyle(element).visibility === "hidden";
  const scrollsDown = (element) => /auto|scroll/.test(getComputedStyle(element).overflowY);
  const scrollsSideways = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);

  // Words: inside the screen, and inside all boxes around them that cut or have an edge.
  const walker = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.nodeValue.trim() || hidden(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (!rect.width) continue;
      let down = false;
      let sideways = false;
      for (let box = element; box && box !== scope.parentElement; box = box.parentElement) {
        const style = getComputedStyle(box);
        const cuts = style.overflowX !== "visible" || style.overflowY !== "visible";
        const edged = box.matches("button, label, li, dialog, .hall, .time, .words, nav");
        if (cuts || edged) {
          const outer = box.getBoundingClientRect();
          const over = Math.max(
            sideways ? 0 : Math.max(outer.left - rect.left, rect.right - outer.right),
            down ? 0 : Math.max(outer.top - rect.top, rect.bottom - outer.bottom),
          );
          const tolerated = cuts && (scrollsDown(box) || scrollsSideways(box));
          // A line of CJK type is taller than what is drawn of it.
          if (over > 3 + parseFloat(getComputedStyle(element).fontSize) / 6 && !tolerated) complaints.push(`${name(element)} leaves ${name(box)} by ${Math.round(over)} px`);
        }
        down ||= scrollsDown(box);
        sideways ||= scrollsSideways(box);
      }
      if (!sideways && (rect.left < -1 || rect.right > innerWidth + 1)) {
        complaints.push(`${name(element)} leaves the screen sideways`);
      }
    }
  }

  // What is seen of an element: its box, cut by what scrolls around it.
  const seen = (element) => {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (!scrollsDown(box) && !scrollsSideways(box)) continue;
      const outer = box.getBoundingClientRect();
      [left, top] = [Math.max(left, outer.left), Math.max(top, outer.top)];
      [right, bottom] = [Math.min(right, outer.right), Math.min(bottom, outer.bottom)];
    }
    return { left, top, right, bottom, empty: right - left < 1 || bottom - top < 1 };
  };

  const controls = [...scope.querySelectorAll("button, input")].filter((element) => !hidden(element));
  for (const control of controls) {
    const { width, height } = (control.closest("label") ?? control).getBoundingClientRect();
    const least = control.matches(".more") ? 96 : key;
    if (height < least - 1) complaints.push(`${name(control)} is ${Math.round(height)} px high`);
    if (width < narrowest - 1) complaints.push(`${name(control)} is ${Math.round(width)} px wide`);
  }
  for (const [index, one] of controls.entries()) {
    const a = seen(one);
    for (const other of controls.slice(index + 1)) {
      const b = seen(other);
      if (a.empty || b.empty || one.contains(other) || other.contains(one)) continue;
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 1 && height > 1) complaints.push(`${name(one)} lies on ${name(other)}`);
    }
  }

  // Title, picture, content and buttons do not run into each other.
  const parts = [...document.querySelectorAll(".hero, .words, .lookup, .figure, .body, .note, .pad, .actions")];
  const boxes = parts.filter((part) => part.parentElement.matches(".stage, .say")).map((part) => [part, part.getBoundingClientRect()]);
  for (const [index, [one, a]] of boxes.entries()) {
    for (const [other, b] of boxes.slice(index + 1)) {
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 2 && height > 2) complaints.push(`${name(one)} runs into ${name(other)} by ${Math.round(height)} px`);
    }
  }

  const place = (selector, fits, where) => {
    const element = scope.querySelector(selector);
    if (element && !fits(element.getBoundingClientRect())) complaints.push(`${name(element)} is not at the ${where}`);
  };
  if (!dialog) {
    place(".actions > .main", (box) => box.right > innerWidth * (reach && padded ? 0.4 : 0.85) && box.top > innerHeight * 0.6, "lower right");
    place(".actions > .pill:not(.main)", (box) => box.left < innerWidth * 0.1 && box.top > innerHeight * 0.6, "lower left");
  }

  if (reach) {
    const limit = innerHeight * 0.45 - 2;
    for (const control of controls) {
      const box = seen(control);
      // The paper is looked at; to enlarge it there is a hand's reach to spare at its lower edge.
      if (!box.empty && box.top < limit && !control.matches(".paper, .key")) complaints.push(`${name(control)} is out of reach`);
    }
  }
  return [...new Set(complaints)];
}
