import type { NodeLab } from './node-lab.js';
import type { Points } from './points.js';
import type { SweepUnderWay } from './sweep-under-way.js';

export interface PointCounts {
  /** Single jobs that were wanted, and those of them with exactly one completed job. */
  readonly singles: number;
  readonly singlesOnce: number;
  /** Points of the sweep with exactly one run that completed. */
  readonly pointsOnce: number;
  /** Runs of points beyond the first. */
  readonly triedAgain: number;
  readonly jobs: number;
  readonly runs: number;
  readonly results: number;
  readonly lost: number;
  /** Everything that is not as it was promised, in words. */
  readonly broken: readonly string[];
}

/** What the database says when all is over, held against what the clients were told. */
export async function checkPoints(
  lab: NodeLab,
  points: Points,
  sweep: SweepUnderWay,
  broken: string[],
): Promise<PointCounts> {
  const jobs = await lab.query('SELECT id, state, ended, claim, parent FROM jobs');
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
  let singlesOnce = 0;
  const acknowledged = new Set<string>(sweep.job === null ? [] : [sweep.job]);
  for (const point of points.points) {
    for (const id of point.jobs) {
      acknowledged.add(id);
      if (!states.has(id)) broken.push(`job ${id} was acknowledged and is not there`);
    }
    const completed = [...new Set(point.jobs)].filter((id) => states.get(id) === 'completed');
    if (completed.length === 1) singlesOnce++;
    else broken.push(`point ${point.number} has ${completed.length} completed jobs`);
  }
  for (const { id, parent } of jobs) {
    if (parent === sweep.job || acknowledged.has(id as string)) continue;
    broken.push(`job ${String(id)} is there and was not acknowledged`);
  }
  const sentences: readonly [sql: string, what: string][] = [
    [
      `SELECT job AS x FROM job_transitions
       WHERE to_state IN ('completed', 'failed', 'cancelled', 'aborted', 'expired')
       GROUP BY job HAVING count(*) > 1`,
      'has ended more than once',
    ],
    [
      `SELECT t.job AS x FROM job_transitions t JOIN jobs j ON j.id = t.job WHERE t.event = 'arm'
       GROUP BY t.job, j.document HAVING count(*) > (j.document::json ->> 'attempt')::int`,
      'was armed more often than it was tried',
    ],
    [
      `SELECT j.id AS x FROM jobs j WHERE
       (SELECT count(*) FROM runs r WHERE r.job = j.id) <>
       (SELECT count(*) FROM job_transitions t WHERE t.job = j.id AND t.event = 'arm')`,
      'has other runs than it was armed for',
    ],
    [
      `SELECT j.id AS x FROM jobs j WHERE j.state = 'completed' AND j.document::json ->> 'kind' = 'run' AND
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
       WHERE (r.document::json ->> 'state') <>
       CASE WHEN r.id = j.document::json ->> 'run' THEN j.state ELSE 'failed' END`,
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
    singles: points.points.length,
    singlesOnce,
    pointsOnce: await count(
      `SELECT count(*) AS n FROM (SELECT j.point FROM jobs j JOIN runs r ON r.job = j.id
       JOIN results s ON s.run = r.id WHERE j.parent = '${sweep.job}' AND j.state = 'completed'
       GROUP BY j.point HAVING count(*) = 1) once`,
    ),
    triedAgain: await count(
      `SELECT coalesce(sum((document::json ->> 'attempt')::int - 1), 0) AS n
       FROM jobs WHERE parent = '${sweep.job}'`,
    ),
    jobs: jobs.length,
    runs: await count('SELECT count(*) AS n FROM runs'),
    results: await count('SELECT count(*) AS n FROM results'),
    lost: await count("SELECT count(*) AS n FROM jobs WHERE state = 'failed'"),
    broken,
  };
}
