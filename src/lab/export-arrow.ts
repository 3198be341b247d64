import { FileSink } from './file-sink.js';
import { END_OF_STREAM } from './record-header.js';
import type { RecordReader } from './record-reader.js';

/** The intact part as it stands, with a proper end: the same bytes as the record of a run that ended well. */
export async function writeArrow(record: RecordReader, out: string): Promise<void> {
  await FileSink.write(out, async (sink) => {
    for await (const bytes of record.bytes()) {
      sink.add(bytes);
      await sink.settle();
    }
    sink.add(END_OF_STREAM);
  });
}
