import { beforeEach, describe, expect, it } from "vitest";
import { DeskLanguage } from "../shared/language.svelte";
import { Client } from "./client";
import type { Device, PageInfo, TerminalState } from "./types";
import { actionSaid, authorSaid, changeSaid, errorSaid, fieldTitle, placeTitle, settingText, shortId, valueSaid } from "./wording";
import { Workbench } from "./workbench.svelte";

const text = (zh: string) => ({ zh, en: zh });
const TEXTS = {
  unknown: "未知",
  comma: "、",
  aside: "{says}（{more}）",
  yes: "是",
  no: "否",
  none: "无",
  "settings.driver": "驱动",
  "settings.address": "地址",
  "settings.absent": "不设",
  "field.media": "介质",
  "field.id-card-reader.media": "身份证",
  "field_unit.temperature_c": "{value} ℃",
  "value.notReady": "没有就绪",
  "value.present": "有",
  "value_of.presence.present": "有人",
  "value.media-jam": "卡纸",
  "value.error": "错误",
  "value.slow": "慢闪",
  "value.cardReader": "读卡器灯",
  "value.all_off": "全灭",
  "driver.cups": "文档打印机",
  "error.absent": "没有找到",
  "error.key-stuck": "按键弹不起来",
  "setting.width": "宽",
  "setting.receipt-printer.width": "纸宽",
  "found_do.check-the-reader-s-cable-or-power": "检查线",
  "author.terminal": "终端",
  "role.interop": "接口",
  "setting.interop.enabled": "对其他程序开放",
  "setting.connection": "接法",
  "control.exposure": "曝光",
  "setting.connection.tcp": "网络",
};

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench(new Client(), new DeskLanguage("zh"), null);
  const texts = Object.fromEntries(Object.entries(TEXTS).map(([key, zh]) => [key, text(zh)]));
  bench.info = { texts } as unknown as PageInfo;
  const printer = { role: "receipt-printer", driver: "receipt-printer", title: text("凭条打印机") } as Device;
  bench.state = { devices: [printer] } as unknown as TerminalState;
});

const said = (name: string, value: Parameters<typeof valueSaid>[2]) => valueSaid(bench, name, value);

describe("a status value", () => {
  it("is said in words, with the protocol's word beside it", () => {
    expect(said("encryption_state", "notReady")).toEqual({ says: "没有就绪", raw: "notReady" });
    expect(said("media", "present")).toEqual({ says: "有", raw: "present" });
    expect(said("presence", "present")).toEqual({ says: "有人", raw: "present" });
  });

  it("keeps a word that nobody has a text for", () => {
    expect(said("security", "strange")).toEqual({ says: "strange", raw: "" });
    expect(fieldTitle(bench, "camera", "strange")).toBe("strange");
  });

  it("says nothing, numbers and switches plainly", () => {
    expect(said("page_count", null).says).toBe("未知");
    expect(said("tampered", false)).toEqual({ says: "否", raw: "" });
    expect(said("temperature_c", 119.96).says).toBe("119.96 ℃");
    expect(said("lights", { cardReader: "slow", scanner: "off" }).says).toBe("读卡器灯 慢闪");
    expect(said("relays", { cardReader: true, scanner: false }).says).toBe("读卡器灯");
    expect(said("relays", { cardReader: false }).says).toBe("全灭");
  });

  it("lists a printer's reasons with how bad they are", () => {
    expect(said("reasons", [])).toEqual({ says: "无", raw: "" });
    const reasons = [{ keyword: "media-jam", severity: "error" }, { keyword: "vendor-thing", severity: "error" }];
    expect(said("reasons", reasons)).toEqual({
      says: "卡纸（错误）、vendor-thing（错误）",
      raw: "media-jam-error vendor-thing-error",
    });
  });

  it("is called by the device's own name before the common one", () => {
    expect(fieldTitle(bench, "id-card-reader", "media")).toBe("身份证");
    expect(fieldTitle(bench, "film-laminator", "media")).toBe("介质");
  });
});

describe("a change", () => {
  it("is said by device and setting, the driver's own words first", () => {
    expect(settingText(bench, "camera", "width")).toBe("宽");
    expect(placeTitle(bench, "receipt-printer.settings.width")).toBe("凭条打印机 · 纸宽");
    expect(placeTitle(bench, "receipt-printer.driver")).toBe("凭条打印机 · 驱动");
    expect(placeTitle(bench, "receipt-printer.uri")).toBe("凭条打印机 · 地址");
    expect(placeTitle(bench, "interop.settings.enabled")).toBe("接口 · 对其他程序开放");
    expect(placeTitle(bench, "elsewhere")).toBe("elsewhere");
  });

  it("has values in words", () => {
    const camera = (json: string) => changeSaid(bench, "camera.settings.controls", json);
    expect(camera('{"exposure":160,"strange":1}')).toBe("曝光 160、strange 1");
    expect(camera("{}")).toBe("无");
    const place = "receipt-printer.settings.connection";
    expect(changeSaid(bench, place, null)).toBe("不设");
    expect(changeSaid(bench, place, "tcp")).toBe("网络");
    expect(changeSaid(bench, place, "true")).toBe("是");
    expect(changeSaid(bench, place, "/dev/ttyS0")).toBe("/dev/ttyS0");
    expect(changeSaid(bench, "document-printer.driver", "cups")).toBe("文档打印机");
  });
});

describe("an error's code", () => {
  it("is said by how it ends", () => {
    expect(errorSaid(bench, "camera-absent")).toBe("没有找到");
    expect(errorSaid(bench, "keypad-key-stuck")).toBe("按键弹不起来");
    expect(errorSaid(bench, "strange-thing")).toBe("");
  });
});

describe("who made a version", () => {
  it("is an account's name, or the terminal in words", () => {
    expect(authorSaid(bench, "terminal")).toBe("终端");
    expect(authorSaid(bench, "chen")).toBe("chen");
  });
});

describe("what is to be done", () => {
  it("is said in words, and in the service's own where there are none", () => {
    expect(actionSaid(bench, "check the reader's cable, or power")).toBe("检查线");
    expect(actionSaid(bench, "pray")).toBe("pray");
  });
});

describe("a device's name", () => {
  it("goes without the folder of all such names", () => {
    expect(shortId("/dev/serial/by-id/usb-CVR_100-if00")).toBe("usb-CVR_100-if00");
    expect(shortId("/dev/ttyS0")).toBe("/dev/ttyS0");
    expect(shortId("/srv/yimen/.run/virtual/lights")).toBe("…/virtual/lights");
    expect(shortId("unix:///srv/yimen/.run/virtual/printer.sock")).toBe("…/virtual/printer.sock");
    expect(shortId("ipp://127.0.0.1:631/printers/a")).toBe("ipp://127.0.0.1:631/printers/a");
  });
});
