// The operator surface: the values of `weftjs`, typed so that operators on tensors pass TypeScript. Each export below
// hides the strict type of its name. The list is written by `vitest -u` (math/entry.test.ts); `never` fits every type, and
// the values are the same.
import * as weft from "./index.js";
import type { Retyped } from "./math/retyped.js";

export * from "./index.js";
export {
  cond,
  defineOp,
  fillTree,
  forLoop,
  grad,
  hessian,
  jacfwd,
  jacrev,
  load,
  minibatch,
  type GradientOf,
  type GradientsOf,
  type JacobianOf,
  type Optimizer,
  type OptimizerState,
  type Pullback,
  valueAndGrad,
  vjp,
  whileLoop,
} from "./math/generic.js";
export type { Part, Tensor } from "./math/tensor.js";

export type AttentionOptions = Retyped<weft.AttentionOptions>;
export type BatchNormOptions = Retyped<weft.BatchNormOptions>;
export type BatchNormed = Retyped<weft.BatchNormed>;
export type Binary = Retyped<weft.Binary>;
export type Conv1dOptions = Retyped<weft.Conv1dOptions>;
export type Conv2dOptions = Retyped<weft.Conv2dOptions>;
export type ConvOptions = Retyped<weft.ConvOptions>;
export type Index = Retyped<weft.Index>;
export type Indices = Retyped<weft.Indices>;
export type Numeric = Retyped<weft.Numeric>;
export type Schedule = Retyped<weft.Schedule>;
export type TensorMethods = Retyped<weft.TensorMethods>;
export type Unary = Retyped<weft.Unary>;

export const abs: Retyped<typeof weft.abs> = weft.abs as never;
export const accuracy: Retyped<typeof weft.accuracy> = weft.accuracy as never;
export const acos: Retyped<typeof weft.acos> = weft.acos as never;
export const acosh: Retyped<typeof weft.acosh> = weft.acosh as never;
export const adadelta: Retyped<typeof weft.adadelta> = weft.adadelta as never;
export const adagrad: Retyped<typeof weft.adagrad> = weft.adagrad as never;
export const adam: Retyped<typeof weft.adam> = weft.adam as never;
export const adamw: Retyped<typeof weft.adamw> = weft.adamw as never;
export const add: Retyped<typeof weft.add> = weft.add as never;
export const all: Retyped<typeof weft.all> = weft.all as never;
export const any: Retyped<typeof weft.any> = weft.any as never;
export const arange: Retyped<typeof weft.arange> = weft.arange as never;
export const arctan2: Retyped<typeof weft.arctan2> = weft.arctan2 as never;
export const argmax: Retyped<typeof weft.argmax> = weft.argmax as never;
export const argmin: Retyped<typeof weft.argmin> = weft.argmin as never;
export const argsort: Retyped<typeof weft.argsort> = weft.argsort as never;
export const asin: Retyped<typeof weft.asin> = weft.asin as never;
export const asinh: Retyped<typeof weft.asinh> = weft.asinh as never;
export const astype: Retyped<typeof weft.astype> = weft.astype as never;
export const at: Retyped<typeof weft.at> = weft.at as never;
export const atan: Retyped<typeof weft.atan> = weft.atan as never;
export const atanh: Retyped<typeof weft.atanh> = weft.atanh as never;
export const avgPool2d: Retyped<typeof weft.avgPool2d> = weft.avgPool2d as never;
export const batchNorm: Retyped<typeof weft.batchNorm> = weft.batchNorm as never;
export const bceWithLogits: Retyped<typeof weft.bceWithLogits> = weft.bceWithLogits as never;
export const bitcast: Retyped<typeof weft.bitcast> = weft.bitcast as never;
export const bitwiseAnd: Retyped<typeof weft.bitwiseAnd> = weft.bitwiseAnd as never;
export const bitwiseNot: Retyped<typeof weft.bitwiseNot> = weft.bitwiseNot as never;
export const bitwiseOr: Retyped<typeof weft.bitwiseOr> = weft.bitwiseOr as never;
export const bitwiseXor: Retyped<typeof weft.bitwiseXor> = weft.bitwiseXor as never;
export const broadcastTo: Retyped<typeof weft.broadcastTo> = weft.broadcastTo as never;
export const cbrt: Retyped<typeof weft.cbrt> = weft.cbrt as never;
export const ceil: Retyped<typeof weft.ceil> = weft.ceil as never;
export const chain: Retyped<typeof weft.chain> = weft.chain as never;
export const clip: Retyped<typeof weft.clip> = weft.clip as never;
export const clipByGlobalNorm: Retyped<typeof weft.clipByGlobalNorm> = weft.clipByGlobalNorm as never;
export const concat: Retyped<typeof weft.concat> = weft.concat as never;
export const conv1d: Retyped<typeof weft.conv1d> = weft.conv1d as never;
export const conv2d: Retyped<typeof weft.conv2d> = weft.conv2d as never;
export const convTranspose2d: Retyped<typeof weft.convTranspose2d> = weft.convTranspose2d as never;
export const cos: Retyped<typeof weft.cos> = weft.cos as never;
export const cosh: Retyped<typeof weft.cosh> = weft.cosh as never;
export const countNonzero: Retyped<typeof weft.countNonzero> = weft.countNonzero as never;
export const crossEntropy: Retyped<typeof weft.crossEntropy> = weft.crossEntropy as never;
export const cummax: Retyped<typeof weft.cummax> = weft.cummax as never;
export const cumprod: Retyped<typeof weft.cumprod> = weft.cumprod as never;
export const cumsum: Retyped<typeof weft.cumsum> = weft.cumsum as never;
export const decodeNpy: Retyped<typeof weft.decodeNpy> = weft.decodeNpy as never;
export const diagonal: Retyped<typeof weft.diagonal> = weft.diagonal as never;
export const div: Retyped<typeof weft.div> = weft.div as never;
export const divide: Retyped<typeof weft.divide> = weft.divide as never;
export const dot: Retyped<typeof weft.dot> = weft.dot as never;
export const dropout: Retyped<typeof weft.dropout> = weft.dropout as never;
export const einsum: Retyped<typeof weft.einsum> = weft.einsum as never;
export const elu: Retyped<typeof weft.elu> = weft.elu as never;
export const embedding: Retyped<typeof weft.embedding> = weft.embedding as never;
export const encodeNpy: Retyped<typeof weft.encodeNpy> = weft.encodeNpy as never;
export const equal: Retyped<typeof weft.equal> = weft.equal as never;
export const erf: Retyped<typeof weft.erf> = weft.erf as never;
export const erfc: Retyped<typeof weft.erfc> = weft.erfc as never;
export const erfinv: Retyped<typeof weft.erfinv> = weft.erfinv as never;
export const exp2: Retyped<typeof weft.exp2> = weft.exp2 as never;
export const exp: Retyped<typeof weft.exp> = weft.exp as never;
export const expandDims: Retyped<typeof weft.expandDims> = weft.expandDims as never;
export const expm1: Retyped<typeof weft.expm1> = weft.expm1 as never;
export const eye: Retyped<typeof weft.eye> = weft.eye as never;
export const flip: Retyped<typeof weft.flip> = weft.flip as never;
export const floor: Retyped<typeof weft.floor> = weft.floor as never;
export const full: Retyped<typeof weft.full> = weft.full as never;
export const gelu: Retyped<typeof weft.gelu> = weft.gelu as never;
export const glorotNormal: Retyped<typeof weft.glorotNormal> = weft.glorotNormal as never;
export const glorotUniform: Retyped<typeof weft.glorotUniform> = weft.glorotUniform as never;
export const greater: Retyped<typeof weft.greater> = weft.greater as never;
export const greaterEqual: Retyped<typeof weft.greaterEqual> = weft.greaterEqual as never;
export const groupNorm: Retyped<typeof weft.groupNorm> = weft.groupNorm as never;
export const gru: Retyped<typeof weft.gru> = weft.gru as never;
export const gruCell: Retyped<typeof weft.gruCell> = weft.gruCell as never;
export const hardSwish: Retyped<typeof weft.hardSwish> = weft.hardSwish as never;
export const heNormal: Retyped<typeof weft.heNormal> = weft.heNormal as never;
export const heUniform: Retyped<typeof weft.heUniform> = weft.heUniform as never;
export const indexAdd: Retyped<typeof weft.indexAdd> = weft.indexAdd as never;
export const isFinite: Retyped<typeof weft.isFinite> = weft.isFinite as never;
export const isNaN: Retyped<typeof weft.isNaN> = weft.isNaN as never;
export const layerNorm: Retyped<typeof weft.layerNorm> = weft.layerNorm as never;
export const leakyRelu: Retyped<typeof weft.leakyRelu> = weft.leakyRelu as never;
export const lecunNormal: Retyped<typeof weft.lecunNormal> = weft.lecunNormal as never;
export const lecunUniform: Retyped<typeof weft.lecunUniform> = weft.lecunUniform as never;
export const leftShift: Retyped<typeof weft.leftShift> = weft.leftShift as never;
export const less: Retyped<typeof weft.less> = weft.less as never;
export const lessEqual: Retyped<typeof weft.lessEqual> = weft.lessEqual as never;
export const linspace: Retyped<typeof weft.linspace> = weft.linspace as never;
export const log1p: Retyped<typeof weft.log1p> = weft.log1p as never;
export const log2: Retyped<typeof weft.log2> = weft.log2 as never;
export const log: Retyped<typeof weft.log> = weft.log as never;
export const logSoftmax: Retyped<typeof weft.logSoftmax> = weft.logSoftmax as never;
export const logicalAnd: Retyped<typeof weft.logicalAnd> = weft.logicalAnd as never;
export const logicalNot: Retyped<typeof weft.logicalNot> = weft.logicalNot as never;
export const logicalOr: Retyped<typeof weft.logicalOr> = weft.logicalOr as never;
export const logicalXor: Retyped<typeof weft.logicalXor> = weft.logicalXor as never;
export const logsumexp: Retyped<typeof weft.logsumexp> = weft.logsumexp as never;
export const lstm: Retyped<typeof weft.lstm> = weft.lstm as never;
export const lstmCell: Retyped<typeof weft.lstmCell> = weft.lstmCell as never;
export const matmul: Retyped<typeof weft.matmul> = weft.matmul as never;
export const max: Retyped<typeof weft.max> = weft.max as never;
export const maxPool2d: Retyped<typeof weft.maxPool2d> = weft.maxPool2d as never;
export const maximum: Retyped<typeof weft.maximum> = weft.maximum as never;
export const mean: Retyped<typeof weft.mean> = weft.mean as never;
export const min: Retyped<typeof weft.min> = weft.min as never;
export const minimum: Retyped<typeof weft.minimum> = weft.minimum as never;
export const mod: Retyped<typeof weft.mod> = weft.mod as never;
export const momentum: Retyped<typeof weft.momentum> = weft.momentum as never;
export const moveaxis: Retyped<typeof weft.moveaxis> = weft.moveaxis as never;
export const mse: Retyped<typeof weft.mse> = weft.mse as never;
export const mul: Retyped<typeof weft.mul> = weft.mul as never;
export const multiply: Retyped<typeof weft.multiply> = weft.multiply as never;
export const neg: Retyped<typeof weft.neg> = weft.neg as never;
export const negative: Retyped<typeof weft.negative> = weft.negative as never;
export const nesterov: Retyped<typeof weft.nesterov> = weft.nesterov as never;
export const nll: Retyped<typeof weft.nll> = weft.nll as never;
export const nonzero: Retyped<typeof weft.nonzero> = weft.nonzero as never;
export const norm: Retyped<typeof weft.norm> = weft.norm as never;
export const notEqual: Retyped<typeof weft.notEqual> = weft.notEqual as never;
export const oneHot: Retyped<typeof weft.oneHot> = weft.oneHot as never;
export const ones: Retyped<typeof weft.ones> = weft.ones as never;
export const onesLike: Retyped<typeof weft.onesLike> = weft.onesLike as never;
export const optim: Retyped<typeof weft.optim> = weft.optim as never;
export const outer: Retyped<typeof weft.outer> = weft.outer as never;
export const pad: Retyped<typeof weft.pad> = weft.pad as never;
export const permute: Retyped<typeof weft.permute> = weft.permute as never;
export const pow: Retyped<typeof weft.pow> = weft.pow as never;
export const power: Retyped<typeof weft.power> = weft.power as never;
export const prod: Retyped<typeof weft.prod> = weft.prod as never;
export const profile: Retyped<typeof weft.profile> = weft.profile as never;
export const random: Retyped<typeof weft.random> = weft.random as never;
export const ravel: Retyped<typeof weft.ravel> = weft.ravel as never;
export const reciprocal: Retyped<typeof weft.reciprocal> = weft.reciprocal as never;
export const relu6: Retyped<typeof weft.relu6> = weft.relu6 as never;
export const relu: Retyped<typeof weft.relu> = weft.relu as never;
export const repeat: Retyped<typeof weft.repeat> = weft.repeat as never;
export const reshape: Retyped<typeof weft.reshape> = weft.reshape as never;
export const rightShift: Retyped<typeof weft.rightShift> = weft.rightShift as never;
export const rmsNorm: Retyped<typeof weft.rmsNorm> = weft.rmsNorm as never;
export const rmsprop: Retyped<typeof weft.rmsprop> = weft.rmsprop as never;
export const rnn: Retyped<typeof weft.rnn> = weft.rnn as never;
export const rnnCell: Retyped<typeof weft.rnnCell> = weft.rnnCell as never;
export const roll: Retyped<typeof weft.roll> = weft.roll as never;
export const round: Retyped<typeof weft.round> = weft.round as never;
export const rsqrt: Retyped<typeof weft.rsqrt> = weft.rsqrt as never;
export const scaledDotProductAttention: Retyped<typeof weft.scaledDotProductAttention> =
  weft.scaledDotProductAttention as never;
export const scatterAdd: Retyped<typeof weft.scatterAdd> = weft.scatterAdd as never;
export const searchsorted: Retyped<typeof weft.searchsorted> = weft.searchsorted as never;
export const selu: Retyped<typeof weft.selu> = weft.selu as never;
export const sgd: Retyped<typeof weft.sgd> = weft.sgd as never;
export const sigmoid: Retyped<typeof weft.sigmoid> = weft.sigmoid as never;
export const sign: Retyped<typeof weft.sign> = weft.sign as never;
export const silu: Retyped<typeof weft.silu> = weft.silu as never;
export const sin: Retyped<typeof weft.sin> = weft.sin as never;
export const sinh: Retyped<typeof weft.sinh> = weft.sinh as never;
export const slice: Retyped<typeof weft.slice> = weft.slice as never;
export const softmax: Retyped<typeof weft.softmax> = weft.softmax as never;
export const softplus: Retyped<typeof weft.softplus> = weft.softplus as never;
export const sort: Retyped<typeof weft.sort> = weft.sort as never;
export const split: Retyped<typeof weft.split> = weft.split as never;
export const sqrt: Retyped<typeof weft.sqrt> = weft.sqrt as never;
export const square: Retyped<typeof weft.square> = weft.square as never;
export const squeeze: Retyped<typeof weft.squeeze> = weft.squeeze as never;
export const stack: Retyped<typeof weft.stack> = weft.stack as never;
export const std: Retyped<typeof weft.std> = weft.std as never;
export const stopGradient: Retyped<typeof weft.stopGradient> = weft.stopGradient as never;
export const sub: Retyped<typeof weft.sub> = weft.sub as never;
export const subtract: Retyped<typeof weft.subtract> = weft.subtract as never;
export const sum: Retyped<typeof weft.sum> = weft.sum as never;
export const swapaxes: Retyped<typeof weft.swapaxes> = weft.swapaxes as never;
export const take: Retyped<typeof weft.take> = weft.take as never;
export const takeAlongAxis: Retyped<typeof weft.takeAlongAxis> = weft.takeAlongAxis as never;
export const tan: Retyped<typeof weft.tan> = weft.tan as never;
export const tanh: Retyped<typeof weft.tanh> = weft.tanh as never;
export const tensor: Retyped<typeof weft.tensor> = weft.tensor as never;
export const tensordot: Retyped<typeof weft.tensordot> = weft.tensordot as never;
export const tile: Retyped<typeof weft.tile> = weft.tile as never;
export const topk: Retyped<typeof weft.topk> = weft.topk as never;
export const trace: Retyped<typeof weft.trace> = weft.trace as never;
export const transpose: Retyped<typeof weft.transpose> = weft.transpose as never;
export const tri: Retyped<typeof weft.tri> = weft.tri as never;
export const tril: Retyped<typeof weft.tril> = weft.tril as never;
export const triu: Retyped<typeof weft.triu> = weft.triu as never;
export const trunc: Retyped<typeof weft.trunc> = weft.trunc as never;
export const unpool: Retyped<typeof weft.unpool> = weft.unpool as never;
export const variance: Retyped<typeof weft.variance> = weft.variance as never;
export const varianceScaling: Retyped<typeof weft.varianceScaling> = weft.varianceScaling as never;
export const where: Retyped<typeof weft.where> = weft.where as never;
export const zeros: Retyped<typeof weft.zeros> = weft.zeros as never;
export const zerosLike: Retyped<typeof weft.zerosLike> = weft.zerosLike as never;
