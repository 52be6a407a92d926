/** A field for an exact number. The text stays as typed; arrow keys step it without ever making a float. */
import { TextInput, type TextInputProps } from "@mantine/core";
import type Big from "big.js";
import type { KeyboardEvent, Ref } from "react";

import { parseDecimal, toPlain } from "@/lib/decimal";

export interface DecimalInputProps extends Omit<TextInputProps, "onChange" | "value"> {
  value: string;
  onChange: (value: string) => void;
  /** The number `steps` steps away (negative: down); Shift makes ten of one. */
  stepBy: (value: Big, steps: number) => Big;
  ref?: Ref<HTMLInputElement>;
}

export function DecimalInput({ value, onChange, stepBy, onKeyDown, ...rest }: DecimalInputProps) {
  const stepOnArrows = (event: KeyboardEvent<HTMLInputElement>) => {
    onKeyDown?.(event);
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const current = parseDecimal(value);
    if (direction === undefined || current === null) return;
    event.preventDefault();
    onChange(toPlain(stepBy(current, direction * (event.shiftKey ? 10 : 1))));
  };
  return (
    <TextInput
      {...rest}
      value={value}
      inputMode="decimal"
      autoComplete="off"
      onKeyDown={stepOnArrows}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
