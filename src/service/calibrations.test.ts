import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descriptorHash, type Calibration } from '../device/index.js';
import { bareCalibration } from '../../test/support/bare-calibration.js';
import { DocumentedCalls } from './documented-answer.test-support.js';
import { CALIBRATION_OPERATIONS } from './routes/calibration-routes.js';
import { startTestService, type TestService } from './service.test-support.js';
import { Viewer } from './stream/viewer.test-support.js';

let test: TestService;
let calls: DocumentedCalls;
beforeAll(async () => {
  test = await startTestService();
  calls = await DocumentedCalls.of(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function found(value: number, members: Partial<Calibration> = {}): Promise<Calibration> {
  const descriptor = descriptorHash(await test.device.describe());
  return bareCalibration({
    device: 'one',
    serial: test.device.serial,
    origin: 'emulator',
    descriptor,
    model: 'test',
    parameters: [{ name: 'gain[0]', value, standardError: 0.01, unit: '1', identified: true }],
    covariance: [{ parameters: ['gain[0]'], lower: [1e-4] }],
    ...members,
  });
}
const propose = async (document: Calibration, status = 201) =>
  calls.send('proposeCalibration', 'POST', '/v1/calibrations', status, {
    calibration: document,
    reason: 'from a test',
  });
const act = (id: string, action: string, status: number, headers = {}) =>
  calls.send(
    'actOnCalibration',
    'POST',
    `/v1/calibrations/${id}/actions/${action}`,
    status,
    { reason: `to ${action}` },
    headers,
  );

describe('calibrations', () => {
  it('are proposed, activated, rolled back and retired, and a stream tells of it', async () => {
    const viewer = await Viewer.open(test.service.address);
    viewer.send({ op: 'subscribe', id: 'c', topic: 'calibrations' });
    await viewer.message('subscribed', ({ id }) => id === 'c');
    const [one, two] = [await found(1.01), await found(1.02)];
    const made = await propose(one);
    expect(made.response.headers.get('location')).toBe(`/v1/calibrations/${one.id}`);
    expect(made.body).toMatchObject({
      state: 'proposed',
      identified: 1,
      actions: ['activate', 'reject'],
    });
    await propose(two);
    expect((await act(one.id, 'activate', 200)).body).toMatchObject({ state: 'active' });
    const device = await calls.call('getDevice', '/v1/devices/one', 200);
    expect(device.body).toMatchObject({ calibration: { id: one.id, until: null, expired: false } });
    await act(two.id, 'activate', 200, { 'if-match': '"1"' });
    const seen = await calls.call('getCalibration', `/v1/calibrations/${one.id}`, 200);
    expect(seen.response.headers.get('etag')).toBe('"3.holds"');
    for (const older of ['"1"', '"1.holds"', 'W/"2.holds"']) {
      await act(one.id, 'roll-back', 412, { 'if-match': older });
    }
    const none = await act(one.id, 'roll-back', 400, { 'if-match': 'holds' });
    expect(none.body).toMatchObject({ code: 'invalid-input', path: 'if-match', value: 'holds' });
    expect((await act(one.id, 'roll-back', 200)).body).toMatchObject({ state: 'active' });
    const history = await calls.call(
      'getCalibrationHistory',
      '/v1/devices/one/calibration-history?limit=3',
      200,
    );
    expect(history.body).toMatchObject({
      items: [
        { event: 'roll-back', to: 'active', reason: 'to roll-back' },
        { event: 'withdraw', to: 'retired' },
        { event: 'activate', to: 'active' },
      ],
      next: '5',
    });
    const listed = await calls.call('listCalibrations', '/v1/calibrations?state=retired', 200);
    expect(listed.body).toMatchObject({ items: [{ id: two.id }], next: null });
    const shown = await calls.call('getCalibration', `/v1/calibrations/${one.id}`, 200);
    expect((shown.body as { record: Calibration }).record).toEqual({ ...one, fit: null });
    const etag = shown.response.headers.get('etag')!;
    await calls.call('getCalibration', `/v1/calibrations/${one.id}`, 304, {
      headers: { 'if-none-match': etag },
    });
    const drift = await calls.call('getDrift', '/v1/devices/one/drift', 200);
    expect(drift.body).toEqual({ device: 'one', calibration: one.id, readings: [], alarms: [] });
    expect((await act(one.id, 'retire', 200)).body).toMatchObject({ state: 'retired' });
    const event = await viewer.message(
      'event',
      ({ body }) => (body as { calibration?: { state?: string } }).calibration?.state === 'active',
    );
    expect(event).toMatchObject({ body: { type: 'state', calibration: { id: one.id } } });
    viewer.hangUp();
    const audit = await test.lab.audit.verify();
    expect(audit.whole).toBe(true);
  });

  it('are refused with path, value and limit, and nobody knows others', async () => {
    const wrong = await propose({ ...(await found(1)), id: `sha256:${'0'.repeat(64)}` }, 400);
    expect(wrong.body).toMatchObject({ code: 'invalid-input', path: 'id' });
    const large = await found(2e6);
    expect((await propose(large, 400)).body).toMatchObject({
      path: 'parameters[0].value',
      value: 2e6,
    });
    for (const [body, path, code] of [
      [{ reason: 'y' }, 'calibration', 'invalid-input'],
      [null, 'calibration', 'invalid-input'],
      [{ calibration: 'x', reason: 'y' }, 'calibration', 'invalid-input'],
      [{ calibration: {}, reason: '' }, 'reason', 'invalid-input'],
      [{ calibration: {}, reason: 'y', why: 'y' }, 'why', 'unknown-field'],
    ] as const) {
      const refused = await calls.send('proposeCalibration', 'POST', '/v1/calibrations', 400, body);
      expect(refused.body).toMatchObject({ path, code });
    }
    await calls.call('getCalibration', '/v1/calibrations/sha256:no', 404);
    await calls.call('getCalibrationHistory', '/v1/devices/nobody/calibration-history', 404);
    await act(large.id, 'activate', 404);
    await act(large.id, 'explode', 404);
    await calls.call('listCalibrations', '/v1/calibrations?state=gone', 400);
    await calls.send(
      'actOnCalibration',
      'POST',
      `/v1/calibrations/${large.id}/actions/retire`,
      400,
      {},
    );
  });

  it('every operation of calibrations was called here and answered as it says', () => {
    expect(CALIBRATION_OPERATIONS.filter((id) => !calls.seen.has(id))).toEqual([]);
  });
});
