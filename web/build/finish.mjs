// After the build: a compressed copy beside each file, and what the kiosk's first page weighs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 120 * 1024;
const TEXT = /\.(html|js|css|svg)$/;

const sizes = new Map();
for (const name of readdirSync("dist", { recursive: true })) {
  if (!TEXT.test(name)) continue;
  const zipped = gzipSync(readFileSync(`dist/${name}`), { level: 9 });
  writeFileSync(`dist/${name}.gz`, zipped);
  sizes.set(name, zipped.length);
}

for (const name of ["kiosk.html", "verify.html", "rehearsal.html"]) {
  const page = readFileSync(`dist/${name}`, "utf8");
  if (/<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/.test(page)) throw new Error(`inline code in ${name}`);
}

const page = readFileSync("dist/kiosk.html", "utf8");
const asked = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
const bytes = ["kiosk.html", ...asked].reduce((sum, name) => sum + sizes.get(name), 0);
console.log(`first page: ${(bytes / 1024).toFixed(1)} KiB compressed (limit 120)`);
if (bytes > LIMIT) throw new Error(`the first page weighs ${bytes} bytes, more than ${LIMIT}`);
