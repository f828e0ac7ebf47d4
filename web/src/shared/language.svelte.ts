import type { Language } from "./texts";

/** The language of a page for a desk: at first the browser's own or the one given. */
export class DeskLanguage {
  now = $state<Language>("zh");

  constructor(first: Language = navigator.language.startsWith("zh") ? "zh" : "en") {
    this.now = first;
  }

  toggle = (): void => {
    this.now = this.now === "zh" ? "en" : "zh";
  };

  apply(root: HTMLElement): void {
    root.lang = this.now === "zh" ? "zh-CN" : "en";
  }
}
