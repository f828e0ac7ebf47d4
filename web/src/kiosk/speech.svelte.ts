import type { Language } from "../shared/texts";

const TAGS: Record<Language, string> = { zh: "zh", en: "en" };

/** Reads aloud with the browser's own voice, where it has one for the language. */
export class Voice {
  speaking = $state(false);
  private voices = $state.raw<readonly SpeechSynthesisVoice[]>([]);
  private readonly engine = (globalThis as Partial<typeof globalThis>).speechSynthesis;

  constructor() {
    const refresh = () => (this.voices = this.engine?.getVoices() ?? []);
    refresh();
    this.engine?.addEventListener?.("voiceschanged", refresh);
  }

  has(language: Language): boolean {
    return this.voiceFor(language) !== undefined;
  }

  say(text: string, language: Language): void {
    const voice = this.voiceFor(language);
    if (!this.engine || !voice) return;
    this.engine.cancel();
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = 0.9;
    utterance.onend = utterance.onerror = () => (this.speaking = false);
    this.speaking = true;
    this.engine.speak(utterance);
  }

  stop(): void {
    this.engine?.cancel();
    this.speaking = false;
  }

  private voiceFor(language: Language): SpeechSynthesisVoice | undefined {
    return this.voices.find((voice) => voice.lang.toLowerCase().startsWith(TAGS[language]));
  }
}
