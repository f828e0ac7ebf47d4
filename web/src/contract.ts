// Written by `python -m kiosk_app.api.typescript` from the Python models. Do not edit.

export type Answer = Start | Go | Chosen | Remove | PersonEntered | DocumentEntered | Signed | Rated | Back | Leave | Stay | Comfort | CallStaff;

/** One screen back. */
export interface Back {
  readonly screen: string;
  readonly action: "back";
}

/** Ask a member of staff to come. The screen stays. */
export interface CallStaff {
  readonly screen: string;
  readonly action: "call-staff";
}

/** One question with options. Answer: `Chosen`. With `multiple` there is a button to go on; without it a touch answers. */
export interface Choose {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "choose";
  readonly options: readonly Option[];
  readonly multiple: boolean;
  readonly confirm: Text | null;
}

/** The options chosen. */
export interface Chosen {
  readonly screen: string;
  readonly action: "chosen";
  readonly values: readonly string[];
}

/** How the citizen likes it from now on, until the wipe: in elder mode timers double, and what is spoken is in `language`; `aloud`: every screen is read aloud. */
export interface Comfort {
  readonly screen: string;
  readonly action: "comfort";
  readonly elder: boolean;
  readonly language: "zh" | "en";
  readonly aloud: boolean;
}

/** The key of a travel document, typed from its data page. Dates are `YYYY-MM-DD`. */
export interface DocumentEntered {
  readonly screen: string;
  readonly action: "document-entered";
  readonly number: string;
  readonly birth: string;
  readonly expiry: string;
}

/** It is done. Answers: `Rated`, `Go` (`finish`, `another`). */
export interface Done {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "done";
  readonly things: readonly Thing[];
  readonly rating: readonly Option[];
  readonly rating_title: Text;
  readonly ways: readonly Way[];
  readonly seconds: number;
}

/** Type what opens a travel document's chip (ICAO Doc 9303-11, 4.3 and 4.4). Answers: `DocumentEntered`, and `Go` with one of `ways`. `problem` names the field. */
export interface EnterDocument {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "enter-document";
  readonly number: string;
  readonly birth: string;
  readonly expiry: string;
  readonly problem: Text | null;
  readonly problem_field: "number" | "birth" | "expiry" | null;
  readonly ways: readonly Way[];
  readonly confirm: Text;
}

/** Enter a family member by consent. Answer: `PersonEntered`. `problem` names the field. */
export interface EnterPerson {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "enter-person";
  readonly consent: Text;
  readonly name: string;
  readonly id_number: string;
  readonly problem: Text | null;
  readonly problem_field: "name" | "id_number" | "consent" | null;
  readonly confirm: Text;
}

/** Who is in the question so far. Answers: `Go` (`ways`, `done`) and `Remove`. */
export interface Family {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "family";
  readonly members: readonly Member[];
  readonly ways: readonly Way[];
  readonly confirm: Text | null;
}

/** Something did not work: what happened, what is and is not done, what to do. */
export interface Fault {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "fault";
  readonly icon: Icon;
  readonly tone: Tone;
  readonly emphasis: Text | null;
  readonly ways: readonly Way[];
  readonly code: string;
  readonly at: string;
  readonly seconds: number | null;
}

/** One registered home, masked: what it is, where about, and what is on it. */
export interface Found {
  readonly title: string;
  readonly detail: Text;
  readonly tags: readonly Text[];
}

/** All that the page needs to draw: sent whole at each change and at each reconnect. */
export interface Frame {
  readonly journey: number;
  readonly screen: Welcome | Identify | Choose | Family | EnterPerson | EnterDocument | Sign | Review | Progress | Take | Done | Refused | Fault | OutOfService;
  readonly idle: IdleWarning | null;
  readonly elder: boolean;
  readonly language: "zh" | "en";
  readonly aloud: boolean;
  readonly languages: readonly ("zh" | "en")[];
  readonly alert: Text | null;
}

/** A way on that the screen offered. */
export interface Go {
  readonly screen: string;
  readonly action: "go";
  readonly way: string;
}

/** Pictures of the page (names are Lucide's). */
export type Icon = "home" | "id-card" | "file-check" | "file-text" | "printer" | "ticket" | "map-pin" | "headset" | "user" | "users" | "baby" | "heart" | "pen" | "qr-code" | "circle-help" | "clock" | "triangle-alert" | "search" | "database" | "rotate-ccw" | "log-out" | "check" | "phone" | "credit-card" | "book-user";

/** Waiting for a card. Answers: `Go` with one of `ways`. */
export interface Identify {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "identify";
  readonly state: "waiting" | "reading" | "read";
  readonly trouble: "two-cards" | "wrong-card" | "pulled" | "unread" | null;
  readonly notice: Text | null;
  readonly ways: readonly Way[];
  readonly places: readonly Place[];
}

/** Nobody touched the screen for a while: an overlay; the screen below stays as it is. */
export interface IdleWarning {
  readonly seconds: number;
  readonly title: Text;
  readonly lead: Text;
  readonly stay: Text;
  readonly leave: Text;
}

/** End the journey now and wipe. */
export interface Leave {
  readonly screen: string;
  readonly action: "leave";
}

/** One person of the family in the question, masked. */
export interface Member {
  readonly number: number;
  readonly name: string;
  readonly relation: Text;
  readonly shown_by: Text;
  readonly icon: Icon;
  readonly removable: boolean;
}

/** One possible answer to a question. */
export interface Option {
  readonly value: string;
  readonly label: Text;
  readonly detail: Text | null;
  readonly icon: Icon | null;
  readonly selected: boolean;
  readonly exclusive: boolean;
}

/** The terminal offers nothing now. No answer is awaited. */
export interface OutOfService {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "out-of-service";
  readonly phone: string;
  readonly code: string;
}

/** What the page reads once, at start. */
export interface PageInfo {
  readonly hall: Text;
  readonly terminal: Text;
  readonly phone: string;
  readonly mm_per_px: number;
  readonly virtual: boolean;
  readonly texts: Readonly<Record<string, Text>>;
}

/** A family member typed in, with the declared consent. */
export interface PersonEntered {
  readonly screen: string;
  readonly action: "person-entered";
  readonly name: string;
  readonly id_number: string;
  readonly consent: boolean;
}

/** One kind of card that is accepted, and where it goes. */
export interface Place {
  readonly kind: "id-card" | "social-card" | "travel-document";
  readonly label: Text;
  readonly where: Text;
  readonly icon: Icon;
}

/** The machine works; the truth step by step. No answer is awaited. */
export interface Progress {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "progress";
  readonly acts: readonly ProgressStep[];
  readonly fraction: number;
}

/** One act of the machine. `detail`: a time, a number, a place. */
export interface ProgressStep {
  readonly label: Text;
  readonly detail: Text | null;
  readonly state: "done" | "now" | "next";
}

/** How satisfied the citizen is, five to one. */
export interface Rated {
  readonly screen: string;
  readonly action: "rated";
  readonly score: number;
}

/** The register has something, so no such certificate. Answers: `Go`. */
export interface Refused {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "refused";
  readonly found: readonly Found[];
  readonly note: Text | null;
  readonly ways: readonly Way[];
}

/** Take a family member out of the question. */
export interface Remove {
  readonly screen: string;
  readonly action: "remove";
  readonly number: number;
}

/** What will be printed, beside what it says. Answers: `Go` (`print` or a row's change). */
export interface Review {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "review";
  readonly preview: string;
  readonly preview_says: Text;
  readonly rows: readonly Row[];
  readonly note: Text | null;
  readonly confirm: Text;
}

/** One line of what will be printed. `change` comes back in `Go`. */
export interface Row {
  readonly label: Text;
  readonly value: Text;
  readonly tone: Tone;
  readonly change: string | null;
}

export type Screen = Welcome | Identify | Choose | Family | EnterPerson | EnterDocument | Sign | Review | Progress | Take | Done | Refused | Fault | OutOfService;

/** Sign with the finger or a pen. Answers: `Signed`, and `Go` with one of `ways`. */
export interface Sign {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "sign";
  readonly ways: readonly Way[];
  readonly clear: Text;
  readonly confirm: Text;
}

/** A signature: at most `MOST_STROKES` strokes of `MOST_POINTS` points together. */
export interface Signed {
  readonly screen: string;
  readonly action: "signed";
  readonly strokes: readonly (readonly StrokePoint[])[];
}

/** A citizen chose a service. */
export interface Start {
  readonly screen: string;
  readonly action: "start";
  readonly service: string;
}

/** I am still here. */
export interface Stay {
  readonly screen: string;
  readonly action: "stay";
}

/** One part of an errand, in the line at the top. */
export interface Step {
  readonly label: Text;
  readonly state: "done" | "now" | "next";
}

/** Where the pen was. `x` and `y` in parts of the pad's width and height from its upper left corner, `p` the pressure from 0 to 1, `t` milliseconds since the first touch. */
export interface StrokePoint {
  readonly x: number;
  readonly y: number;
  readonly p: number;
  readonly t: number;
}

/** Take your things. Answers: `Go` with one of `ways` (`taken`, `missing`). */
export interface Take {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "take";
  readonly things: readonly Thing[];
  readonly ways: readonly Way[];
  readonly insist: boolean;
}

/** One message in every language. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** Something to take along, and where it lies. */
export interface Thing {
  readonly kind: "id-card" | "social-card" | "travel-document" | "paper";
  readonly icon: Icon;
  readonly label: Text;
  readonly place: Text;
  readonly taken: boolean;
}

/** One service on the first screen. When it is not offered, `detail` says why. `about` and `brings` are drawn where there is room, as with one service alone. */
export interface Tile {
  readonly service: string;
  readonly title: Text;
  readonly detail: Text;
  readonly about: Text | null;
  readonly brings: Text | null;
  readonly icon: Icon;
  readonly available: boolean;
}

/** How weighty a thing is. Never shown by colour alone. */
export type Tone = "plain" | "good" | "soon" | "stop";

/** A way on. `action` comes back in a `Go` answer. The first is the best one. */
export interface Way {
  readonly action: string;
  readonly label: Text;
  readonly detail: Text | null;
  readonly icon: Icon | null;
  readonly best: boolean;
}

/** The first screen. Answer: `Start`. */
export interface Welcome {
  readonly id: string;
  readonly title: Text;
  readonly lead: Text | null;
  readonly steps: readonly Step[];
  readonly can_go_back: boolean;
  readonly can_leave: boolean;
  readonly speech: Text | null;
  readonly kind: "welcome";
  readonly tiles: readonly Tile[];
}

/** The page's own proof that nothing of a journey is left in it. Counts, all zero when clean. */
export interface Wiped {
  readonly journey: number;
  readonly storage_entries: number;
  readonly object_urls: number;
  readonly filled_inputs: number;
}

/** Keys of config/texts/page. */
export type PageText =
  | "actions.back"
  | "actions.leave"
  | "actions.more_above"
  | "actions.more_below"
  | "choose.chosen"
  | "choose.one"
  | "choose.several"
  | "connection.lead"
  | "connection.starting"
  | "connection.title"
  | "document.birth"
  | "document.birth_hint"
  | "document.expiry"
  | "document.expiry_hint"
  | "document.keyboard"
  | "document.missing_birth"
  | "document.missing_expiry"
  | "document.missing_number"
  | "document.number"
  | "document.number_hint"
  | "document.wrong_date"
  | "done.countdown"
  | "done.thanks"
  | "family.removal"
  | "family.remove"
  | "fault.code"
  | "fault.countdown"
  | "identify.away"
  | "identify.picture"
  | "identify.read"
  | "identify.read_any"
  | "identify.reading"
  | "identify.waiting"
  | "idle.seconds"
  | "keyboard.candidates"
  | "keyboard.delete"
  | "keyboard.digits"
  | "keyboard.done"
  | "keyboard.first"
  | "keyboard.label"
  | "keyboard.space"
  | "out.code"
  | "out.elsewhere"
  | "out.phone"
  | "person.id_hint"
  | "person.id_number"
  | "person.missing_consent"
  | "person.missing_id"
  | "person.missing_name"
  | "person.name"
  | "person.name_hint"
  | "progress.done"
  | "progress.next"
  | "progress.now"
  | "review.change"
  | "review.changing"
  | "review.close"
  | "review.enlarge"
  | "review.loading"
  | "review.no_preview"
  | "sign.hint"
  | "sign.missing"
  | "sign.pad"
  | "take.gone"
  | "take.here"
  | "tools.bar"
  | "tools.contrast_off"
  | "tools.contrast_on"
  | "tools.elder_off"
  | "tools.elder_on"
  | "tools.language"
  | "tools.language_name"
  | "tools.reach_off"
  | "tools.reach_on"
  | "tools.speak"
  | "tools.speak_stop"
  | "tools.staff"
  | "tools.staff_called"
  | "welcome.clear"
  | "welcome.close_search"
  | "welcome.found"
  | "welcome.how"
  | "welcome.how_1"
  | "welcome.how_2"
  | "welcome.how_3"
  | "welcome.nothing"
  | "welcome.nothing_hint"
  | "welcome.search"
  | "welcome.search_label"
  | "welcome.show_all"
  | "welcome.start";

/** Keys of config/texts/verify. */
export type VerifyText =
  | "advice.altered"
  | "advice.unknown"
  | "advice.valid"
  | "advice.void"
  | "again"
  | "back"
  | "check"
  | "code_hint"
  | "code_label"
  | "code_placeholder"
  | "code_title"
  | "copy"
  | "copy_value"
  | "development"
  | "document.certificate"
  | "document.record"
  | "document_label"
  | "failed"
  | "file_choose"
  | "file_hint"
  | "file_not_pdf"
  | "file_title"
  | "file_too_large"
  | "issued_on"
  | "language"
  | "lead"
  | "page"
  | "private"
  | "reason.changed-after-signing"
  | "reason.code-altered"
  | "reason.code-mismatch"
  | "reason.damaged"
  | "reason.encrypted"
  | "reason.foreign"
  | "reason.foreign-key"
  | "reason.not-a-code"
  | "reason.not-a-pdf"
  | "reason.not-in-journal"
  | "reason.signature-broken"
  | "reason.signature-missing"
  | "reason.signed-whole"
  | "reason.too-costly"
  | "reason.too-large"
  | "reason.valid"
  | "reason.void"
  | "serial"
  | "title"
  | "verdict.altered"
  | "verdict.unknown"
  | "verdict.valid"
  | "verdict.void"
  | "working";

/** Keys of config/texts/rehearsal. */
export type RehearsalText =
  | "act.another_page"
  | "act.code"
  | "act.document"
  | "act.feed"
  | "act.forget"
  | "act.keys"
  | "act.lift"
  | "act.load"
  | "act.nobody"
  | "act.page"
  | "act.person"
  | "act.place"
  | "act.plug"
  | "act.press"
  | "act.reader"
  | "act.remove"
  | "act.resident"
  | "act.scan"
  | "act.take"
  | "act.unplug"
  | "blank"
  | "clear_jam"
  | "close"
  | "counter"
  | "device.camera"
  | "device.code-scanner"
  | "device.database"
  | "device.document-camera"
  | "device.document-printer"
  | "device.document-scanner"
  | "device.film-laminator"
  | "device.fingerprint-reader"
  | "device.id-card-reader"
  | "device.lights"
  | "device.page"
  | "device.password-keypad"
  | "device.receipt-printer"
  | "device.register"
  | "device.social-security-card-reader"
  | "device.speaker"
  | "device.stamping-machine"
  | "device.travel-document-reader"
  | "device.ups"
  | "drawer"
  | "drawer_hint"
  | "enlarge"
  | "failed"
  | "faults"
  | "faults_hint"
  | "faults_none"
  | "faults_off"
  | "faults_some"
  | "hint_1"
  | "hint_2"
  | "hint_3"
  | "hint_4"
  | "kind.foreign-permanent-2017"
  | "kind.foreign-permanent-2023"
  | "kind.hk-macao-taiwan-residence"
  | "kind.resident"
  | "language"
  | "lead"
  | "light.battery"
  | "light.busy"
  | "light.error"
  | "light.found"
  | "light.idle"
  | "light.line"
  | "light.low"
  | "light.off"
  | "light.ok"
  | "light.on"
  | "light.reading"
  | "light.sounding"
  | "offline"
  | "open_kiosk"
  | "open_kiosk_hint"
  | "open_verify"
  | "others"
  | "pages"
  | "paper.cover-open-error"
  | "paper.fine"
  | "paper.media-empty-error"
  | "paper.media-jam-error"
  | "paper.media-low-warning"
  | "paper.media-needed-error"
  | "paper.other"
  | "paper.output-area-full-error"
  | "paper.toner-empty-error"
  | "paper.toner-low-warning"
  | "paper.unplugged"
  | "printer"
  | "reader"
  | "reader_card"
  | "reader_empty"
  | "refill"
  | "remove"
  | "take"
  | "take_all"
  | "taken"
  | "title"
  | "tray"
  | "tray_empty"
  | "virtual";

/** Keys of config/texts/technician. */
export type TechnicianText =
  | "action.clear"
  | "action.configuration"
  | "action.maintenance"
  | "action.none"
  | "action.reset"
  | "action.suspend"
  | "aside"
  | "brand"
  | "cancel"
  | "close"
  | "comma"
  | "controls.default"
  | "controls.keep"
  | "controls.keep_hint"
  | "controls.kept"
  | "controls.less"
  | "controls.more"
  | "controls.none"
  | "controls.title"
  | "copies.copy"
  | "copies.count"
  | "copies.decided_taken"
  | "copies.decided_void"
  | "copies.destroy"
  | "copies.empty"
  | "copies.taken"
  | "copies.taken_lead"
  | "copies.taken_title"
  | "copies.title"
  | "copies.unknown"
  | "copies.unreadable"
  | "copies.void"
  | "copies.void_lead"
  | "copies.void_title"
  | "days_ago"
  | "devices.act"
  | "devices.age"
  | "devices.bind"
  | "devices.choose"
  | "devices.device"
  | "devices.discover"
  | "devices.discovering"
  | "devices.empty"
  | "devices.empty_hint"
  | "devices.error"
  | "devices.known_by"
  | "devices.look"
  | "devices.picture"
  | "devices.recording"
  | "devices.repair"
  | "devices.restarts"
  | "devices.role"
  | "devices.settings"
  | "devices.state"
  | "devices.test"
  | "devices.title"
  | "devices.unbound"
  | "done"
  | "failed"
  | "faults.hint"
  | "faults.once"
  | "faults.title"
  | "forbidden"
  | "forbidden_hint"
  | "found.bind_as"
  | "found.empty"
  | "found.hint"
  | "found.known"
  | "found.known_says"
  | "found.missing"
  | "found.missing_says"
  | "found.new"
  | "found.new_says"
  | "found.or"
  | "found.title"
  | "found.unfinished"
  | "found.unfinished_says"
  | "found.unsupported"
  | "found.unsupported_says"
  | "found_is.does-not-answer-as-an-identity-card-reader"
  | "found_is.identity-card-reader-on-usb-bulk-pipes-which-no-driver-speaks-yet"
  | "found_is.no-print-scheduler-answers"
  | "found_is.power-supply-of-a-nut-server"
  | "found_is.smart-card-reader"
  | "found_is.sound-output"
  | "found_is.usb-printer-whether-it-speaks-esc-pos-is-not-known"
  | "found_is.virtual-device"
  | "found_search.alsa"
  | "found_search.cups"
  | "found_search.driver"
  | "found_search.lp"
  | "found_search.machine"
  | "found_search.nut"
  | "found_search.pcsc"
  | "found_search.sane"
  | "health.bring"
  | "health.bring_empty"
  | "health.consumables"
  | "health.consumables_empty"
  | "health.devices"
  | "health.forecast"
  | "health.item"
  | "health.left"
  | "health.maintenance"
  | "health.now"
  | "health.offered"
  | "health.open"
  | "health.repairs"
  | "health.repairs_empty"
  | "health.repairs_order"
  | "health.services"
  | "health.still_out"
  | "health.title"
  | "health.today"
  | "health.well"
  | "hours_ago"
  | "interop.address"
  | "interop.admin_only"
  | "interop.allow"
  | "interop.at_once"
  | "interop.closed"
  | "interop.identities"
  | "interop.identities_says"
  | "interop.lead"
  | "interop.may"
  | "interop.may_says"
  | "interop.open"
  | "interop.opening"
  | "interop.title"
  | "interop.who"
  | "interop.who_says"
  | "just_now"
  | "keyboard.delete"
  | "keyboard.letters"
  | "keyboard.next"
  | "keyboard.shift"
  | "keyboard.space"
  | "keyboard.symbols"
  | "language"
  | "loading"
  | "log.all"
  | "log.clear"
  | "log.empty"
  | "log.error"
  | "log.go_on"
  | "log.info"
  | "log.level"
  | "log.pause"
  | "log.private"
  | "log.title"
  | "log.waiting"
  | "log.warning"
  | "log_event.a-device-cannot-be-bound"
  | "log_event.a-driver-s-words-cannot-be-used"
  | "log_event.a-look-at-the-health-failed"
  | "log_event.a-trial-cannot-be-noted"
  | "log_event.accounts-cannot-be-used"
  | "log_event.alarm"
  | "log_event.battery-nearly-empty-the-terminal-stops"
  | "log_event.bindings-proved"
  | "log_event.bindings-taken-back"
  | "log_event.device-changed"
  | "log_event.driver-crashed"
  | "log_event.errand-stopped"
  | "log_event.fault-shown"
  | "log_event.interop-cannot-open"
  | "log_event.interop-open"
  | "log_event.journey-failed"
  | "log_event.journey-over"
  | "log_event.left-undone"
  | "log_event.no-copy"
  | "log_event.no-input-method"
  | "log_event.power-back"
  | "log_event.power-lost"
  | "log_event.procedure-failed"
  | "log_event.records-cannot-be-used"
  | "log_event.recovered"
  | "log_event.repair-closed"
  | "log_event.repair-opened"
  | "log_event.request-failed"
  | "log_event.services-are-not-found-by-pinyin"
  | "log_event.staff-called"
  | "log_event.terminal-looked-after"
  | "log_event.the-terminal-stops"
  | "log_event.versions-cannot-be-used"
  | "log_event.window-refused"
  | "log_event.window-restart"
  | "log_event.window-silent"
  | "log_event.window-too-big"
  | "log_event.wipe-incomplete"
  | "log_level.critical"
  | "log_level.debug"
  | "log_level.error"
  | "log_level.info"
  | "log_level.warning"
  | "login.account_command"
  | "login.code"
  | "login.code_hint"
  | "login.enter"
  | "login.expired"
  | "login.expired_kept"
  | "login.hide"
  | "login.keyboard"
  | "login.keyboard_hide"
  | "login.keyboard_show"
  | "login.locked"
  | "login.name"
  | "login.no_accounts"
  | "login.no_accounts_hint"
  | "login.password"
  | "login.refused"
  | "login.show"
  | "login.title"
  | "login.working"
  | "logout"
  | "maintenance.active"
  | "maintenance.enterPending"
  | "maintenance.exitPending"
  | "maintenance.inactive"
  | "maintenance.nothing_offered"
  | "maintenance.off"
  | "maintenance.on"
  | "milliseconds"
  | "minutes_ago"
  | "no"
  | "none"
  | "offline"
  | "outcome.abandoned"
  | "outcome.needs-staff"
  | "outcome.out-of-service"
  | "outcome.printed"
  | "outcome.refused"
  | "page"
  | "pending.back"
  | "pending.says"
  | "pending.title"
  | "preview.alt"
  | "preview.brightness"
  | "preview.lost"
  | "preview.rate"
  | "preview.sharpness"
  | "preview.size"
  | "preview.stop"
  | "preview.title"
  | "preview.waiting"
  | "problem.broken"
  | "problem.busy"
  | "problem.camera-absent"
  | "problem.camera-control-refused"
  | "problem.camera-control-unknown"
  | "problem.camera-silent"
  | "problem.changed-meanwhile"
  | "problem.citizen-present"
  | "problem.copy-in-flight"
  | "problem.copy-settled"
  | "problem.copy-unknown"
  | "problem.decision-impossible"
  | "problem.device-not-ready"
  | "problem.disk-failed"
  | "problem.forbidden"
  | "problem.gone"
  | "problem.helper-failed"
  | "problem.invalid"
  | "problem.journal-corrupt"
  | "problem.not-recordable"
  | "problem.not-rehearsed"
  | "problem.nothing-changed"
  | "problem.record-changed"
  | "problem.recording-refused"
  | "problem.recording-through-queue"
  | "problem.records-failed"
  | "problem.refused"
  | "problem.same-as-now"
  | "problem.silent"
  | "read_only"
  | "record.empty"
  | "record.failed"
  | "record.hint"
  | "record.replay"
  | "record.replayed"
  | "record.replaying"
  | "record.size"
  | "record.start"
  | "record.stop"
  | "record.title"
  | "refusal.above"
  | "refusal.address"
  | "refusal.address-elsewhere"
  | "refusal.address-missing"
  | "refusal.at-least"
  | "refusal.at-most"
  | "refusal.below"
  | "refusal.choice"
  | "refusal.connection-without-address"
  | "refusal.driver-broken"
  | "refusal.driver-unfit"
  | "refusal.driver-unknown"
  | "refusal.empty"
  | "refusal.form"
  | "refusal.future"
  | "refusal.missing"
  | "refusal.multiple"
  | "refusal.no-such-setting"
  | "refusal.number"
  | "refusal.past"
  | "refusal.path"
  | "refusal.pattern"
  | "refusal.refused"
  | "refusal.shape"
  | "refusal.strange-characters"
  | "refusal.time"
  | "refusal.too-few"
  | "refusal.too-long"
  | "refusal.too-many"
  | "refusal.too-many-digits"
  | "refusal.too-short"
  | "refusal.whole-number"
  | "refusal.words"
  | "refusal.yes-or-no"
  | "rehearsal.any"
  | "rehearsal.card"
  | "rehearsal.document"
  | "rehearsal.empty"
  | "rehearsal.fault"
  | "rehearsal.lead"
  | "rehearsal.no_fault"
  | "rehearsal.only_virtual"
  | "rehearsal.outcome"
  | "rehearsal.resident"
  | "rehearsal.running"
  | "rehearsal.serial"
  | "rehearsal.service"
  | "rehearsal.start"
  | "rehearsal.steps"
  | "rehearsal.title"
  | "rehearsal.total"
  | "repair.action"
  | "repair.more"
  | "repair.picture"
  | "repair.rehearse"
  | "repair.self_closing"
  | "repair.title"
  | "retry"
  | "seconds"
  | "seconds_ago"
  | "services.empty"
  | "services.fit"
  | "services.offered"
  | "services.stopped"
  | "services.title"
  | "services.why"
  | "settings.absent"
  | "settings.address"
  | "settings.at"
  | "settings.at_least"
  | "settings.at_most"
  | "settings.between"
  | "settings.bind"
  | "settings.changed"
  | "settings.choose_driver"
  | "settings.differences"
  | "settings.driver"
  | "settings.drop"
  | "settings.keep_nothing"
  | "settings.loading"
  | "settings.no_drivers"
  | "settings.no_settings"
  | "settings.nobody"
  | "settings.not_a_number"
  | "settings.note"
  | "settings.on_trial"
  | "settings.overtaken"
  | "settings.overwrite"
  | "settings.overwrite_says"
  | "settings.overwrite_yes"
  | "settings.required"
  | "settings.rollback"
  | "settings.save"
  | "settings.saving"
  | "settings.test"
  | "settings.too_large"
  | "settings.too_small"
  | "settings.unbind"
  | "settings.unbind_less"
  | "settings.unbind_stops"
  | "settings.unbind_unused"
  | "settings.unchanged"
  | "settings.version"
  | "since"
  | "status.empty"
  | "status.source_assumed"
  | "status.source_driver"
  | "status.source_sensor"
  | "status.title"
  | "tab.bar"
  | "tab.devices"
  | "tab.health"
  | "tab.log"
  | "tab.rehearsal"
  | "tab.services"
  | "tab.versions"
  | "taken_back.forget"
  | "taken_back.kept"
  | "taken_back.kept_says"
  | "taken_back.put_in"
  | "taken_back.says"
  | "taken_back.seen"
  | "taken_back.title"
  | "testing.ask.code-scanner.self-test"
  | "testing.ask.light-up"
  | "testing.ask.picture"
  | "testing.ask.read-card"
  | "testing.ask.read-document"
  | "testing.ask.reset"
  | "testing.ask.self-test"
  | "testing.ask.test-page"
  | "testing.ask_first"
  | "testing.choose"
  | "testing.failed"
  | "testing.passed"
  | "testing.running"
  | "testing.save"
  | "testing.took"
  | "to_citizens"
  | "unknown"
  | "versions.active"
  | "versions.admin_only"
  | "versions.after"
  | "versions.at"
  | "versions.author"
  | "versions.before"
  | "versions.differences"
  | "versions.empty"
  | "versions.more"
  | "versions.no_changes"
  | "versions.now"
  | "versions.number"
  | "versions.past"
  | "versions.place"
  | "versions.probation"
  | "versions.rollback"
  | "versions.rolled-back"
  | "versions.summary"
  | "versions.sure"
  | "versions.sure_title"
  | "versions.title"
  | "versions.unproved"
  | "virtual"
  | "who.admin"
  | "who.staff"
  | "who.technician"
  | "yes";
