// What the kiosk's first page weighs, compressed: its HTML and all that the HTML asks for.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 120 * 1024;
const page = readFileSync("dist/kiosk.html", "utf8");
const assets = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
const bytes = ["kiosk.html", ...assets]
  .map((path) => gzipSync(readFileSync(`dist/${path}`), { level: 9 }).length)
  .reduce((sum, size) => sum + size, 0);
console.log(`first page: ${(bytes / 1024).toFixed(1)} KiB compressed (limit 120)`);
if (/<style|<script(?![^>]*\bsrc=)|\sstyle=/.test(page)) throw new Error("inline code in kiosk.html");
if (bytes > LIMIT) throw new Error(`the first page weighs ${bytes} bytes, more than ${LIMIT}`);
