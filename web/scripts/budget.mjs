import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * Prints what files weigh when they are served, and ends the build when together they weigh more than they may.
 *
 * @param {string} what What needs the files.
 * @param {Iterable<string>} files Their paths.
 * @param {number} limit In KB (1024 bytes), gzipped.
 */
export async function budget(what, files, limit) {
  let total = 0;
  for (const file of files) {
    const bytes = await readFile(file);
    const zipped = gzipSync(bytes, { level: 9 }).length;
    total += zipped;
    console.log(row(basename(file), bytes.length, zipped));
  }
  console.log(`${'='.padStart(38)}${kilobytes(total)} of ${limit} KB: ${what}\n`);
  if (total <= limit * 1024) return;
  console.error(`${what}: ${kilobytes(total).trim()} of script is over the limit of ${limit} KB`);
  process.exit(1);
}

function row(name, bytes, zipped) {
  return `${name.padEnd(28)}${kilobytes(bytes)}${kilobytes(zipped)} gzipped`;
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`.padStart(10);
}
