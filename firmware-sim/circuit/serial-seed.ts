/** A serial number as a seed: another board draws other parts and other sessions. FNV-1a. */
export function seedOfSerial(serial: string): number {
  let hash = 0x811c9dc5;
  for (const char of serial) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
