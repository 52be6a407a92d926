/** A dense, sortable table that turns into cards on a phone. */
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { Loader } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";

import styles from "./data-table.module.css";
import { ErrorNote } from "./error-note";

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Ascending order of two rows; without it the column cannot be sorted. */
  sort?: (a: Row, b: Row) => number;
  align?: "left" | "right";
  /** How the column behaves on a phone's card: its headline, a full line, or left out. */
  card?: "lead" | "wide" | "hidden";
  /** A header that only screen readers hear, for columns of buttons. */
  hideHeader?: boolean;
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  empty: ReactNode;
  error?: unknown;
  onOpen?: (row: Row) => void;
  isMuted?: (row: Row) => boolean;
  footer?: ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
type Def<Row extends object> = ColumnDef<typeof features, Row>;

function toDefinitions<Row extends object>(columns: readonly Column<Row>[]): Def<Row>[] {
  return columns.map(({ id, header, cell, sort }) => ({
    id,
    header,
    accessorFn: (row: Row) => row,
    cell: ({ row }: { row: { original: Row } }) => cell(row.original),
    enableSorting: sort !== undefined,
    sortDescFirst: false,
    ...(sort && { sortFn: (a: { original: Row }, b: { original: Row }) => sort(a.original, b.original) }),
  }));
}

interface Sorting {
  id: string;
  desc: boolean;
}

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, empty, error, onOpen, isMuted, footer } = props;
  const [sorting, setSorting] = useState<Sorting[]>([]);
  const definitions = useMemo(() => toDefinitions(columns), [columns]);
  const data = useMemo(() => [...(rows ?? [])], [rows]);
  const table = useTable({ features, columns: definitions, data, getRowId: rowKey, state: { sorting }, onSortingChange: setSorting });
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);

  return (
    <div className={styles.scroller} tabIndex={0} role="region" aria-label={`${label}, scrollable`}>
      <table className={styles.table} aria-label={label} role="table" aria-busy={rows === undefined && !error}>
        <thead role="rowgroup">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} role="row">
              {group.headers.map((header) => {
                const column = byId.get(header.column.id);
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    role="columnheader"
                    scope="col"
                    data-align={column?.align}
                    data-pinned={column?.hideHeader}
                    aria-sort={sorted ? ARIA_SORT[sorted] : undefined}
                  >
                    {column?.hideHeader ? (
                      <span className="visually-hidden">{column.header}</span>
                    ) : header.column.getCanSort() ? (
                      <button type="button" className={styles.sorter} onClick={() => header.column.toggleSorting()}>
                        {column?.header}
                        <SortMark sorted={sorted} />
                      </button>
                    ) : (
                      column?.header
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody role="rowgroup">
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              role="row"
              data-muted={isMuted?.(row.original)}
              data-open={onOpen !== undefined}
              onClick={onOpen && ((event) => isPlainClick(event.target) && onOpen(row.original))}
            >
              {row.getAllCells().map((cell) => {
                const column = byId.get(cell.column.id);
                return (
                  <td key={cell.id} role="cell" data-label={column?.header} data-align={column?.align} data-card={column?.card} data-pinned={column?.hideHeader}>
                    <div className={styles.value}>{column?.cell(row.original)}</div>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {Boolean(error) && (
        <div className={styles.note}>
          <ErrorNote error={error} />
        </div>
      )}
      {rows === undefined && !error && (
        <div className={styles.note} role="status">
          <Loader size="sm" /> <span className="visually-hidden">Loading {label}</span>
        </div>
      )}
      {rows?.length === 0 && <div className={styles.note}>{empty}</div>}
      {footer}
    </div>
  );
}

function SortMark({ sorted }: { sorted: false | "asc" | "desc" }) {
  if (sorted === false) return null;
  const Icon = sorted === "asc" ? IconChevronUp : IconChevronDown;
  return <Icon size={12} stroke={2.4} aria-hidden />;
}

/** A click on the row itself, not on something in it that has its own meaning, and not the end of a text selection. */
function isPlainClick(target: EventTarget): boolean {
  const isControl = target instanceof Element && target.closest("button, a, input, select, label") !== null;
  return !isControl && (window.getSelection()?.isCollapsed ?? true);
}
