/** Find an instrument by symbol or name; made for typing: letters, arrows, Enter. */
import { Combobox, Loader, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, type Ref, useEffect, useState } from "react";

import { describeError } from "@/lib/api-error";
import type { Instrument } from "@/types/models";

import { useFindInstrument, useInstrumentSearch } from "../api/instruments";
import styles from "./instrument-search.module.css";

interface InstrumentSearchProps {
  symbol: string | undefined;
  onChoose: (instrument: Instrument) => void;
  error?: string;
  disabled?: boolean;
  ref?: Ref<HTMLInputElement>;
}

const DEBOUNCE_MS = 150;

export function InstrumentSearch({ symbol, onChoose, error, disabled, ref }: InstrumentSearchProps) {
  const [text, setText] = useState<string | null>(null);
  const [isResolving, setIsResolving] = useState(false);
  const [search] = useDebouncedValue(text ?? "", DEBOUNCE_MS);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const query = useInstrumentSearch(search);
  const findInstrument = useFindInstrument();
  const isBehind = text !== null && text.trim() !== "" && (search !== text || query.isFetching);
  const found = text === null || text.trim() === "" ? [] : (query.data ?? []);

  const choose = (instrument: Instrument) => {
    setText(null);
    combobox.closeDropdown();
    onChoose(instrument);
  };

  /** Enter pressed before the answer was there: wait for it and take the best match. */
  const resolve = async (typed: string) => {
    setIsResolving(true);
    try {
      const match = await findInstrument(typed);
      if (match) choose(match);
    } catch {
      // the list below the field says what went wrong
    } finally {
      setIsResolving(false);
    }
  };

  useEffect(() => {
    if (combobox.dropdownOpened && !isBehind) combobox.selectFirstOption();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the store is new on every render; the answer decides
  }, [query.data, isBehind]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setText(null);
    if (event.key === "Enter" && text !== null && text.trim() !== "") {
      event.preventDefault();
      if (isBehind && !isResolving) void resolve(text);
    }
  };

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(conId) => {
        const chosen = found.find((each) => String(each.con_id) === conId);
        if (chosen) choose(chosen);
      }}
    >
      <Combobox.Target withExpandedAttribute>
        <TextInput
          ref={ref}
          label="Instrument"
          placeholder="Symbol or name"
          value={text ?? symbol ?? ""}
          error={error}
          disabled={disabled}
          autoComplete="off"
          autoCapitalize="characters"
          autoCorrect="off"
          spellCheck={false}
          maxLength={64}
          leftSection={<IconSearch size={15} aria-hidden />}
          rightSection={isBehind || isResolving ? <Loader size={14} /> : <kbd className={styles.key}>/</kbd>}
          onFocus={(event) => event.currentTarget.select()}
          onBlur={() => {
            combobox.closeDropdown();
            setText(null);
          }}
          onChange={(event) => {
            setText(event.currentTarget.value);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
          onKeyDown={onKeyDown}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={text === null || text.trim() === ""}>
        <Combobox.Options aria-label="Instruments found" className={styles.options}>
          {found.map((each) => (
            <Combobox.Option key={each.con_id} value={String(each.con_id)} disabled={!each.is_tradable}>
              <span className={styles.option}>
                <strong>{each.symbol}</strong>
                <span className={styles.name}>{each.long_name}</span>
                <span className={styles.where}>
                  {each.sec_type} · {each.primary_exchange || each.exchange} · {each.currency}
                </span>
              </span>
            </Combobox.Option>
          ))}
          {found.length === 0 && (
            <Combobox.Empty>
              {query.isError ? describeError(query.error) : isBehind ? "Searching…" : `Nothing found for “${text ?? ""}”`}
            </Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
