import type { Json, Schema } from "./types";

export type Kind = "text" | "path" | "integer" | "number" | "boolean" | "choice" | "group" | "kept" | "json";

/** One field of a form, made from one property of a JSON Schema. */
export interface Field {
  readonly name: string;
  /** Where it stands, as `a.b`. */
  readonly place: string;
  readonly kind: Kind;
  readonly title: string;
  readonly hint: string;
  readonly unit: string;
  /** Must be given; a field that may be null or has a default need not. */
  readonly required: boolean;
  readonly nullable: boolean;
  readonly initial: Json | undefined;
  readonly choices: readonly Json[];
  readonly fields: readonly Field[];
  readonly low: number | null;
  readonly high: number | null;
  readonly longest: number | null;
}

/** What stands in the form: texts by place; a boolean is `true` or `false`; not set is empty. */
export type Draft = Record<string, string>;
export type Values = Record<string, Json>;

export type Complaint =
  | { readonly key: "settings.required" | "settings.not_a_number" }
  | { readonly key: "settings.too_small" | "settings.too_large"; readonly limit: number };

/** The fields of a driver's settings, in the order of the schema. */
export function fieldsOf(schema: Schema, root: Schema = schema, under = ""): readonly Field[] {
  const needed = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fieldOf(name, property, root, under, needed.has(name)),
  );
}

function fieldOf(name: string, property: Schema, root: Schema, under: string, needed: boolean): Field {
  const whole = resolved(property, root);
  const variants = (whole.anyOf ?? []).map((each) => resolved(each, root));
  const solid = variants.filter((each) => each.type !== "null");
  const nullable = solid.length < variants.length;
  const shape = solid.length === 1 ? { ...solid[0], ...withoutUnion(whole) } : whole;
  const place = under + name;
  const kind = variants.length && solid.length !== 1 ? "json" : kindOf(shape);
  return {
    name,
    place,
    kind,
    title: shape.title ?? name,
    hint: shape.description ?? "",
    unit: shape.unit ?? "",
    required: needed && !nullable,
    nullable,
    initial: property.default ?? whole.default,
    choices: shape.enum ?? (shape.const === undefined ? [] : [shape.const]),
    fields: kind === "group" ? fieldsOf(shape, root, `${place}.`) : [],
    low: shape.minimum ?? shape.exclusiveMinimum ?? null,
    high: shape.maximum ?? shape.exclusiveMaximum ?? null,
    longest: shape.maxLength ?? null,
  };
}

function resolved(schema: Schema, root: Schema): Schema {
  const [only] = schema.allOf?.length === 1 ? schema.allOf : [];
  const target = schema.$ref ?? only?.$ref;
  if (!target) return schema;
  const found = root.$defs?.[target.replace("#/$defs/", "")] ?? {};
  const { $ref: _ref, allOf: _all, ...own } = schema;
  return { ...found, ...own };
}

function withoutUnion(schema: Schema): Schema {
  const { anyOf: _union, ...rest } = schema;
  return rest;
}

function kindOf(shape: Schema): Kind {
  if (shape.enum || shape.const !== undefined) return "choice";
  if (shape.type === "object" && shape.properties) return "group";
  if (shape.type === "object" && shape.propertyNames?.enum) return "kept";
  if (shape.type === "string") return shape.format === "path" ? "path" : "text";
  if (shape.type === "integer" || shape.type === "number" || shape.type === "boolean") return shape.type;
  return "json";
}

/** The form as it stands for values that are bound, or for none. */
export function draftOf(fields: readonly Field[], values: Readonly<Record<string, Json>> | null): Draft {
  const draft: Draft = {};
  for (const field of fields) {
    const value = values && field.name in values ? values[field.name] : field.initial;
    if (field.kind === "group") {
      const inner = typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
      Object.assign(draft, draftOf(field.fields, inner as Record<string, Json> | null));
    } else {
      draft[field.place] = written(field, value);
    }
  }
  return draft;
}

function written(field: Field, value: Json | undefined): string {
  if (value === undefined || value === null) return field.kind === "boolean" && !field.nullable ? "false" : "";
  return field.kind === "json" || field.kind === "kept" ? JSON.stringify(value) : String(value);
}

/** The values of a form, and what is wrong with it by place. */
export function valuesOf(
  fields: readonly Field[],
  draft: Draft,
): { values: Values; complaints: Record<string, Complaint> } {
  const values: Values = {};
  const complaints: Record<string, Complaint> = {};
  for (const field of fields) {
    if (field.kind === "group") {
      const inner = valuesOf(field.fields, draft);
      values[field.name] = inner.values;
      Object.assign(complaints, inner.complaints);
      continue;
    }
    const text = (draft[field.place] ?? "").trim();
    const complaint = complaintOf(field, text);
    if (complaint) complaints[field.place] = complaint;
    else if (text) values[field.name] = valueOf(field, text);
    else if (field.nullable) values[field.name] = null;
    else if (field.kind === "text" && field.initial !== undefined) values[field.name] = "";
  }
  return { values, complaints };
}

function complaintOf(field: Field, text: string): Complaint | null {
  if (!text) return field.required ? { key: "settings.required" } : null;
  if (field.kind !== "integer" && field.kind !== "number") return null;
  const number = Number(text);
  const whole = field.kind === "number" || Number.isInteger(number);
  if (!Number.isFinite(number) || !whole) return { key: "settings.not_a_number" };
  if (field.low !== null && number < field.low) return { key: "settings.too_small", limit: field.low };
  if (field.high !== null && number > field.high) return { key: "settings.too_large", limit: field.high };
  return null;
}

function valueOf(field: Field, text: string): Json {
  if (field.kind === "integer" || field.kind === "number") return Number(text);
  if (field.kind === "boolean") return text === "true";
  if (field.kind === "choice") return field.choices.find((each) => String(each) === text) ?? text;
  if (field.kind === "json" || field.kind === "kept") return parsed(text);
  return text;
}

/** What is no JSON is sent as it was written: the service says what is wrong with it. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
