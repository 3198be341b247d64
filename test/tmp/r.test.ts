import { it } from 'vitest';
import { circuit, watch, batchMean } from '../support/circuit.js';
import { builtinMemories } from '../../src/memory/index.js';
import { Matrix, inverse } from 'ml-matrix';
import { RandomStream } from '../../src/core/index.js';
function proj(P: Int8Array[], zero: boolean) {
  const X = new Matrix(P.map(p=>Array.from(p))); const N=P[0]!.length;
  const J = X.transpose().mmul(inverse(X.mmul(X.transpose()))).mmul(X);
  if (zero) for (let i=0;i<N;i++) J.set(i,i,0);
  return J;
}
it('x', () => {
  const letters = builtinMemories('letters:A,B,C')!.patterns as Int8Array[];
  const s = RandomStream.of(1,'learning');
  const rnd = [0,1,2].map(()=>Int8Array.from({length:100},()=>s.sign()));
  for (const [name,P,zero] of [['letters',letters,false],['letters0',letters,true],['random',rnd,false]] as const) {
   const J0=proj(P as Int8Array[],zero);
   for (const duration of [2,5,10]) for (const lam of [2,3,4,5,6,7,8,10,12,15,18,24,40]) {
    if (name!=='letters' && duration!==5) continue;
    const N=100, shots=200;
    const J=Matrix.mul(J0,lam);
    const fin:number[]=[]; let sup=0; const h:number[]=[];
    const p=circuit({sites:N,couplings:{kind:'dense',data:J.to1DArray()},references:(P as Int8Array[]).map(x=>Array.from(x)),initial:{kind:'corrupted',values:Array.from(P[0]!),flips:15},duration,shots,readout:{every:duration},seed:5});
    const t=performance.now();
    let x2=0;
    const led=watch(p,(x,step)=>{ if(step===1){ let m=0; for(let i=0;i<N;i++){m+=Math.sign(x[i]!)*P[0]![i]!; x2+=x[i]!*P[0]![i]!;} fin.push(m/N);} });
    console.log(name,'T',duration,'lam',lam,'m',batchMean(fin).mean.toFixed(4),'succ',(fin.filter(m=>m>=0.95).length/shots).toFixed(3),'exact',(fin.filter(m=>m>=0.999).length/shots).toFixed(3),'<x xi>',(x2/shots/N).toFixed(3),'mf',Math.sqrt(Math.max(0,(lam-2)/4)).toFixed(3),'heat',(led.reduce((a,l)=>a+l.heat,0)/shots).toFixed(1), (performance.now()-t).toFixed(0)+'ms');
   }
  }
},600000);
