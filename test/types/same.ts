/** Whether two types are one and the same; `any` is only `any`. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** A compile error unless `value` has exactly the type `Expected`: `is<number>()(value)`. */
export declare function is<Expected>(): <Actual>(
  value: Actual & (Same<Actual, Expected> extends true ? unknown : { "has the type": Actual }),
) => void;
