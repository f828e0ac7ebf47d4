// After the build: a compressed copy beside each file, what the kiosk's first page weighs, and then
// the new pages in the place of the old ones, all at once.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUILT = "node_modules/.built";
const OLD = "node_modules/.replaced";
const LIMIT = 120 * 1024;
const TEXT = /\.(html|js|css|svg)$/;

const sizes = new Map();
for (const name of readdirSync(BUILT, { recursive: true })) {
  if (!TEXT.test(name)) continue;
  const zipped = gzipSync(readFileSync(`${BUILT}/${name}`), { level: 9 });
  writeFileSync(`${BUILT}/${name}.gz`, zipped);
  sizes.set(name, zipped.length);
}

for (const name of ["kiosk.html", "verify.html", "rehearsal.html", "technician.html"]) {
  const page = readFileSync(`${BUILT}/${name}`, "utf8");
  if (/<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/.test(page)) throw new Error(`inline code in ${name}`);
}

const page = readFileSync(`${BUILT}/kiosk.html`, "utf8");
const asked = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
const bytes = ["kiosk.html", ...asked].reduce((sum, name) => sum + sizes.get(name), 0);
console.log(`first page: ${(bytes / 1024).toFixed(1)} KiB compressed (limit 120)`);
if (bytes > LIMIT) throw new Error(`the first page weighs ${bytes} bytes, more than ${LIMIT}`);

rmSync(OLD, { recursive: true, force: true });
try {
  renameSync("dist", OLD);
} catch (error) {
  if (error.code !== "ENOENT") throw error;
}
renameSync(BUILT, "dist");
rmSync(OLD, { recursive: true, force: true });
