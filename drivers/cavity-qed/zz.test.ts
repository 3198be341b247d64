import { it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { readProgram } from '../../src/device/index.js';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { createDevice } from './index.js';
it('big', async () => {
  await using device = createDevice('cavity-qed', {}, driverContext(1));
  const s=RandomStream.of(1); const N=4096;
  const program=readProgram({version:1,sites:N,couplings:{kind:'positions',geometry:'four-sevenths',xy:Array.from({length:N},()=>[2*s.normal(),2*s.normal()])},duration:2,shots:20});
  const t=performance.now(); const {result}=await runOnDevice(device,program,{seed:1}); console.log(performance.now()-t, result.observables.energy!.mean.at(-1)!/N, result.thermodynamics.firstLawResidual, result.warnings);
}, 100000);
