/** Name of the embedded store in the data folder, and in a backup. */
export const EMBEDDED_FILE = 'lab.sqlite';
