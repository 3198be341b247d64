import type { AuditEntry, AuditFields } from './audit-entry.js';

/**
 * What is to be written to the audit log about one call. It goes with the call to whatever stores its effect, which writes it
 * in the same commit; whoever made the note sees from {@link entry} whether that has happened.
 */
export class AuditNote {
  private extra: Record<string, unknown> = {};
  private written: AuditEntry | null = null;

  constructor(
    private readonly base: AuditFields,
    private readonly onStored: (entry: AuditEntry) => void = () => undefined,
  ) {}

  get fields(): AuditFields {
    return { ...this.base, details: { ...this.base.details, ...this.extra } };
  }

  /** The entry, once it is durable; null before. */
  get entry(): AuditEntry | null {
    return this.written;
  }

  /** Adds to the details. */
  add(details: Readonly<Record<string, unknown>>): void {
    this.extra = { ...this.extra, ...details };
  }

  /** For the store, after its commit. */
  stored(entry: AuditEntry): void {
    this.written = entry;
    this.onStored(entry);
  }
}
