import { greater, where } from "../functions/compare.js";
import { initialMoments, nextMoments } from "./moments.js";
import { average, perElement } from "./per-element.js";
import { addDecayed, debias, type Rate, scaleByRate, scaled, trace, unbiased } from "./stages.js";
import {
  type GradientTransform,
  normOf,
  type Optimizer,
  optimizer,
  sequence,
  stateless,
} from "./transform.js";

/** Momentum of `sgd`. */
export interface SgdOptions {
  /** How much of the last step is repeated; 0 where absent. */
  readonly momentum?: number;
  /** Takes the gradient where the momentum leads (Nesterov 1983); false where absent. */
  readonly nesterov?: boolean;
}

/** Gradient descent: `p ← p - rate·g`, with momentum `p ← p - rate·t` where `t ← g + momentum·t`. */
export function sgd(
  rate: Rate,
  { momentum: decay = 0, nesterov: isNesterov = false }: SgdOptions = {},
): Optimizer {
  return optimizer(decay === 0 ? scaleByRate(rate) : sequence(trace(decay, isNesterov), scaleByRate(rate)));
}

/** Gradient descent with momentum: `t ← g + decay·t`, `p ← p - rate·t` (Polyak, 1964). */
export function momentum(rate: Rate, { decay = 0.9 }: { readonly decay?: number } = {}): Optimizer {
  return sgd(rate, { momentum: decay });
}

/** Nesterov's momentum: `t ← g + decay·t`, `p ← p - rate·(g + decay·t)` (Sutskever et al., 2013). */
export function nesterov(rate: Rate, { decay = 0.9 }: { readonly decay?: number } = {}): Optimizer {
  return sgd(rate, { momentum: decay, nesterov: true });
}

/** Constants of `adagrad`. */
export interface AdagradOptions {
  /** What the sum of squares starts from; 0.1 where absent. */
  readonly initialAccumulatorValue?: number;
  /** Added to the sum under the root; 1e-7 where absent. */
  readonly eps?: number;
}

/** `s ← s + g²`, `p ← p - rate·g / √(s + eps)` (Duchi, Hazan and Singer, JMLR 2011). */
export function adagrad(
  rate: Rate,
  { initialAccumulatorValue = 0.1, eps = 1e-7 }: AdagradOptions = {},
): Optimizer {
  const scale = perElement({
    initial: [initialAccumulatorValue],
    next(g, [before]) {
      const sum = before!.add(g.square());
      return { update: where(greater(sum, 0), g.mul(sum.add(eps).rsqrt()), 0), kept: [sum] };
    },
  });
  return optimizer(sequence(scale, scaleByRate(rate)));
}

/** Constants of `rmsprop`. */
export interface RmspropOptions {
  /** Of the average of squares; 0.9 where absent. */
  readonly decay?: number;
  /** Added to the average under the root; 1e-8 where absent. */
  readonly eps?: number;
  /** What the average starts from; 0 where absent. */
  readonly initialScale?: number;
  /** Divides by the deviation around the mean gradient instead. */
  readonly centered?: boolean;
  /** Applied to the steps; none where absent. */
  readonly momentum?: number;
  /** With `momentum`, takes it a step ahead; false where absent. */
  readonly nesterov?: boolean;
}

/** `v ← decay·v + (1 - decay)·g²`, `p ← p - rate·g / √(v + eps)` (Tieleman and Hinton, 2012; centered: Graves, 2013). */
export function rmsprop(
  rate: Rate,
  {
    decay = 0.9,
    eps = 1e-8,
    initialScale = 0,
    centered: isCentered = false,
    momentum: inertia,
    nesterov: isNesterov = false,
  }: RmspropOptions = {},
): Optimizer {
  const scale = perElement({
    initial: isCentered ? [initialScale, 0] : [initialScale],
    next(g, [square, mean]) {
      const v = average(decay, square!, 1 - decay, g.square());
      if (!mean) return { update: g.mul(v.add(eps).rsqrt()), kept: [v] };
      const m = average(decay, mean, 1 - decay, g);
      return { update: g.mul(v.sub(m.square()).add(eps).rsqrt()), kept: [v, m] };
    },
  });
  const inertial = inertia === undefined ? [] : [trace(inertia, isNesterov)];
  return optimizer(sequence(scale, scaleByRate(rate), ...inertial));
}

/** Constants of `adadelta`. */
export interface AdadeltaOptions {
  /** Of both averages; 0.9 where absent. */
  readonly rho?: number;
  /** Added under both roots; 1e-6 where absent. */
  readonly eps?: number;
}

/**
 * `e ← rho·e + (1 - rho)·g²`, `u = g·√(d + eps) / √(e + eps)`, `d ← rho·d + (1 - rho)·u²`, `p ← p - rate·u`
 * (Zeiler, https://arxiv.org/abs/1212.5701).
 */
export function adadelta(rate: Rate = 1, { rho = 0.9, eps = 1e-6 }: AdadeltaOptions = {}): Optimizer {
  const scale = perElement({
    initial: [0, 0],
    next(g, [square, step]) {
      const e = average(rho, square!, 1 - rho, g.square());
      const u = g.mul(step!.add(eps).sqrt()).div(e.add(eps).sqrt());
      return { update: u, kept: [e, average(rho, step!, 1 - rho, u.square())] };
    },
  });
  return optimizer(sequence(scale, scaleByRate(rate)));
}

/** Constants of `adam`. */
export interface AdamOptions {
  /** Of the average of gradients; 0.9 where absent. */
  readonly b1?: number;
  /** Of the average of squares; 0.999 where absent. */
  readonly b2?: number;
  /** Added to the root; 1e-8 where absent. */
  readonly eps?: number;
  /** Added under the root; 0 where absent. For gradients through the optimizer itself. */
  readonly epsRoot?: number;
}

/**
 * `m ← b1·m + (1 - b1)·g`, `v ← b2·v + (1 - b2)·g²`,
 * `p ← p - rate · m/(1 - b1ᵗ) / (√(v/(1 - b2ᵗ) + epsRoot) + eps)` at step t, counted from 1
 * (Kingma and Ba, https://arxiv.org/abs/1412.6980).
 */
export function adam(rate: Rate, options: AdamOptions = {}): Optimizer {
  return optimizer(sequence(scaleByAdam(options), scaleByRate(rate)));
}

/** Constants of `adamw`. */
export interface AdamwOptions extends AdamOptions {
  /** How much of itself a parameter loses, times the rate; 1e-4 where absent. */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay: `p ← p - rate·(adam + weightDecay·p)` (https://arxiv.org/abs/1711.05101). */
export function adamw(rate: Rate, { weightDecay = 1e-4, ...options }: AdamwOptions = {}): Optimizer {
  return optimizer(sequence(scaleByAdam(options), addDecayed(weightDecay), scaleByRate(rate)));
}

function scaleByAdam({ b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 }: AdamOptions): GradientTransform {
  return {
    init: initialMoments,
    update(updates, state) {
      const { means, squares, done, kept } = nextMoments(updates, state, [b1, b2]);
      const [bias1, bias2] = [debias(b1, done), debias(b2, done)];
      const next = means.zip((m, v) => {
        const square = unbiased(v, bias2);
        const root = (epsRoot === 0 ? square : square.add(epsRoot)).sqrt();
        return unbiased(m, bias1).div(root.add(eps));
      }, squares);
      return [next, kept];
    },
  };
}

/** Updates whose Euclidean norm, all taken as one vector, is at most `maxNorm`: longer ones are shortened to it. */
export function clipByGlobalNorm(maxNorm: number): Optimizer {
  return optimizer(
    stateless((updates) => {
      const norm = normOf(updates);
      return scaled(updates, where(greater(norm, maxNorm), norm.reciprocal().mul(maxNorm), 1));
    }),
  );
}

/** Each element of the updates kept from `-limit` to `limit`. */
export function clip(limit: number): Optimizer {
  return optimizer(stateless((updates) => updates.map((x) => x.clip(-limit, limit))));
}

/** `g + weightDecay·p`: in front of an optimizer it is L2 regularisation. */
export function addDecayedWeights(weightDecay: number): Optimizer {
  return optimizer(addDecayed(weightDecay));
}
