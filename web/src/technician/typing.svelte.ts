type Field = HTMLInputElement | HTMLTextAreaElement;

const WRITABLE = "input:not([type=checkbox], [type=radio], [type=file]), textarea";

/** The keyboard on the screen: open where somebody touches a field, or asks for it. */
export class Typing {
  open = $state(false);
  private field: Field | null = null;

  /** Follows which field is written in. Returns the end of it. */
  start(): () => void {
    let touched = false;
    const pointed = (event: PointerEvent) => (touched = event.pointerType === "touch");
    const focused = (event: FocusEvent) => {
      const { target } = event;
      if (!(target instanceof HTMLElement) || !target.matches(WRITABLE)) return;
      this.field = target as Field;
      if (touched) this.show();
    };
    addEventListener("pointerdown", pointed, true);
    addEventListener("focusin", focused);
    return () => {
      removeEventListener("pointerdown", pointed, true);
      removeEventListener("focusin", focused);
    };
  }

  toggle = (): void => {
    if (this.open) this.open = false;
    else this.show();
  };

  write(characters: string): void {
    const field = this.present();
    if (!field || field.disabled || field.readOnly) return;
    const [from, to] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length];
    const room = field.maxLength < 0 ? Infinity : field.maxLength - field.value.length + (to - from);
    if (characters.length <= room) this.change(field, characters, from, to);
  }

  erase(): void {
    const field = this.present();
    if (!field) return;
    const to = field.selectionEnd ?? field.value.length;
    const from = field.selectionStart ?? to;
    if (from < to) this.change(field, "", from, to);
    else if (from > 0) this.change(field, "", from - 1, to);
  }

  /** On to the next field of the same form; at the last one its form is sent. */
  next(): void {
    const { form } = this.present() ?? {};
    if (!form) return;
    const fields = [...form.querySelectorAll<Field>(WRITABLE)].filter((each) => !each.disabled);
    const following = fields[fields.indexOf(this.field as Field) + 1];
    if (following) following.focus();
    else form.requestSubmit();
  }

  private show(): void {
    this.open = true;
    requestAnimationFrame(() => this.field?.scrollIntoView({ block: "nearest" }));
  }

  private present(): Field | null {
    const known = this.field?.isConnected ? this.field : null;
    const field = known ?? document.querySelector<Field>(WRITABLE);
    if (field && document.activeElement !== field) field.focus();
    this.field = field;
    return field;
  }

  private change(field: Field, characters: string, from: number, to: number): void {
    field.setRangeText(characters, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
