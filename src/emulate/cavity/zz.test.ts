import { it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { moments } from '../../thermo/index.js';
import * as C from './index.js';
it('47', () => {
  const N=16, D=1000; const q2:number[]=[], n80:number[]=[], pairs:number[]=[], r1:number[]=[], mg:number[]=[];
  for (let d=0;d<D;d++){ const s=RandomStream.of(17,'disorder',d);
    const J=C.couplingsFromPositions({geometry:'four-sevenths',xy:C.gaussianPositions(N,2,s),waist:1,n0:0,cloudSigma:0});
    const L=C.enumerateLandscape(J,N); const codes:number[]=[]; for (let r=0;r<100;r++) codes.push(C.steepestDescentEnd(L,s.integer(65536)));
    q2.push(moments(C.replicaOverlaps(codes,N).map(x=>x*x)).mean);
    const a=C.attractorRecall(L,'steepest-descent',[1]); n80.push(a.memories[0]!); r1.push(a.mean[0]!); pairs.push(L.attractors.length);
    mg.push(Math.abs(C.codeOverlap(L.attractors[0]!,65535,N)));
  }
  for (const [n,x] of Object.entries({q2,n80,pairs,r1,mg})) { const m=moments(x); console.log(n,m.mean,m.sem,Math.sqrt(m.variance)); }
  console.log(n80.sort((a,b)=>a-b)[950], Math.max(...n80));
});
it('basins', () => {
  const t0=performance.now();
  for (const N of [100,400]) { const D=N===100?40:20; const e={s:[] as number[],z:[] as number[]}; const rec:Record<string,number[]>={};
   for (let d=0;d<D;d++){ const dis=RandomStream.of(3,'disorder',d), s=RandomStream.of(3,'dynamics',d); const J=C.sherringtonKirkpatrick(N,dis); const Q=new C.Quench(J,N);
    for (let a=0;a<10;a++){ Q.startRandom(s); Q.run('zero-temperature',s); e.z.push(Q.energy()/N); Q.startRandom(s); Q.run('steepest-descent',s); e.s.push(Q.energy()/N);
      const att=Q.state.slice();
      if (N===100) for (const k of [5,10]) for (const rule of ['steepest-descent','zero-temperature'] as const) for (let c=0;c<10;c++){ const st=att.slice(); for (const i of s.sample(N,k)) st[i]=-st[i]!; Q.start(st); Q.run(rule,s); (rec[rule+k]??=[]).push(Q.state.every((v,i)=>v===att[i])?1:0); } } }
   console.log(N,moments(e.s).mean,moments(e.s).sem,moments(e.z).mean,moments(e.z).sem,Object.fromEntries(Object.entries(rec).map(([k,v])=>[k,moments(v).mean])),performance.now()-t0); }
});
it('c15', () => {
  const t0=performance.now(); const N=400,P=56; const s=[],z=[];
  for (let d=0;d<8;d++){ const dis=RandomStream.of(4,'disorder',d), st=RandomStream.of(4,'cue',d); const p=Array.from({length:P},()=>Int8Array.from({length:N},()=>dis.sign()));
   const J=new Float64Array(N*N); for (const x of p) for (let i=0;i<N;i++) for (let j=0;j<N;j++) if(i!==j) J[i*N+j]!+=x[i]!*x[j]!;
   const Q=new C.Quench(J,N);
   for (let a=0;a<10;a++) for (let c=0;c<3;c++) { const cue=Float64Array.from(p[a]!); for (const i of st.sample(N,80)) cue[i]=-cue[i]!;
     for (const [rule,out] of [['steepest-descent',s],['zero-temperature',z]] as const) { Q.start(cue); Q.run(rule,st); let m=0; for (let i=0;i<N;i++) m+=Q.state[i]!*p[a]![i]!; out.push(m/N);} } }
  console.log('c15',moments(s).mean,moments(z).mean,moments(s).sem,performance.now()-t0);
});
