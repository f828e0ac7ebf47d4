/** Whole seconds left of `seconds()`, counted since `since()` (the page's clock). */
export class Countdown {
  left = $state(0);

  constructor(seconds: () => number, since: () => number) {
    $effect(() => {
      const end = since() + seconds() * 1000;
      const update = () => (this.left = Math.max(0, Math.ceil((end - performance.now()) / 1000)));
      update();
      const timer = setInterval(update, 250);
      return () => clearInterval(timer);
    });
  }
}
