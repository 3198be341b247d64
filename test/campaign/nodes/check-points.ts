import type { NodeLab } from './node-lab.js';
import type { Points } from './points.js';

export interface PointCounts {
  readonly points: number;
  /** Points with exactly one completed job. */
  readonly once: number;
  readonly jobs: number;
  readonly runs: number;
  readonly results: number;
  readonly lost: number;
  /** Everything that is not as it was promised, in words. */
  readonly broken: readonly string[];
}

/** What the database says when all is over, held against what the clients were told. */
export async function checkPoints(lab: NodeLab, points: Points): Promise<PointCounts> {
  const broken = [...points.broken];
  const jobs = await lab.query('SELECT id, state, ended, claim FROM jobs');
  const states = new Map(jobs.map((job) => [job['id'] as string, job['state'] as string]));
  for (const [id, state] of points.ends) {
    if (states.get(id) !== state) {
      broken.push(`job ${id} was told to be ${state} and is ${states.get(id)}`);
    }
  }
  for (const job of jobs) {
    if (job['ended'] !== 1) broken.push(`job ${String(job['id'])} is ${String(job['state'])}`);
    if (job['claim'] !== null) broken.push(`job ${String(job['id'])} is claimed after its end`);
  }
  let once = 0;
  const acknowledged = new Set<string>();
  for (const point of points.points) {
    for (const id of point.jobs) {
      acknowledged.add(id);
      if (!states.has(id)) broken.push(`job ${id} was acknowledged and is not there`);
    }
    const completed = [...new Set(point.jobs)].filter((id) => states.get(id) === 'completed');
    if (completed.length === 1) once++;
    else broken.push(`point ${point.number} has ${completed.length} completed jobs`);
  }
  for (const id of states.keys()) {
    if (!acknowledged.has(id)) broken.push(`job ${id} is there and was not acknowledged`);
  }
  const sentences: readonly [sql: string, what: string][] = [
    [
      `SELECT job AS x FROM job_transitions
       WHERE to_state IN ('completed', 'failed', 'cancelled', 'aborted', 'expired')
       GROUP BY job HAVING count(*) > 1`,
      'has ended more than once',
    ],
    [
      `SELECT job AS x FROM job_transitions WHERE event = 'arm' GROUP BY job HAVING count(*) > 1`,
      'was armed more than once',
    ],
    [
      `SELECT j.id AS x FROM jobs j WHERE j.state = 'completed' AND
       (SELECT count(*) FROM runs r JOIN results s ON s.run = r.id WHERE r.job = j.id) <> 1`,
      'has completed without exactly one result',
    ],
    [
      `SELECT j.id AS x FROM jobs j WHERE j.state <> 'completed' AND
       EXISTS (SELECT 1 FROM runs r JOIN results s ON s.run = r.id WHERE r.job = j.id)`,
      'has a result and has not completed',
    ],
    [
      `SELECT r.job AS x FROM runs r JOIN jobs j ON j.id = r.job
       WHERE (r.document::json ->> 'state') <> j.state`,
      'ended otherwise than its run',
    ],
    [
      `SELECT r.id AS x FROM runs r LEFT JOIN
       (SELECT run, count(*) AS blocks, sum(rows) AS rows FROM sample_batches GROUP BY run) b
       ON b.run = r.id
       WHERE coalesce(b.blocks, 0) <> r.sealed_blocks OR coalesce(b.rows, 0) <> r.sealed_rows
       OR (r.document::json ->> 'rows')::bigint <> r.sealed_rows`,
      'has other rows in its record than it says',
    ],
    [
      `SELECT run AS x FROM run_documents WHERE kind = 'stop' GROUP BY run HAVING count(*) > 1`,
      'has more than one stop document',
    ],
  ];
  for (const [sql, what] of sentences) {
    for (const { x } of await lab.query(sql)) broken.push(`${String(x)} ${what}`);
  }
  const count = async (sql: string): Promise<number> => Number((await lab.query(sql))[0]!['n']);
  return {
    points: points.points.length,
    once,
    jobs: jobs.length,
    runs: await count('SELECT count(*) AS n FROM runs'),
    results: await count('SELECT count(*) AS n FROM results'),
    lost: await count("SELECT count(*) AS n FROM jobs WHERE state = 'failed'"),
    broken,
  };
}
