/** The design system's parts: thin, styled faces of react-aria-components and plain elements. */
import { type ReactNode } from 'react';
import {
  Button as AriaButton,
  Checkbox as AriaCheckbox,
  Dialog as AriaDialog,
  FieldError,
  Heading,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  Popover,
  Radio,
  RadioGroup,
  Select as AriaSelect,
  SelectValue,
  Text,
  TextArea,
  TextField,
  type ButtonProps as AriaButtonProps,
} from 'react-aria-components';
import { problem } from '../words.ts';
import { AlertIcon, CloseIcon, DownIcon, InfoIcon } from './icons.tsx';

export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  size?: 'normal' | 'small';
  square?: boolean;
  calm?: boolean;
  children: ReactNode;
}

export function Button({ kind = 'plain', size = 'normal', square, calm, ...rest }: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      className={classes('btn', kind !== 'plain' && kind, size === 'small' && 'small', square && 'square', calm && 'calm')}
    />
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  wrong?: string | null;
  optional?: boolean;
  /** The label is read aloud only. */
  hideLabel?: boolean;
  type?: 'text' | 'password' | 'tel' | 'date' | 'time' | 'number' | 'url';
  lines?: number;
  autoComplete?: string;
  autoFocus?: boolean;
  mono?: boolean;
  max?: number;
  min?: number;
  maxLength?: number;
  name?: string;
}

export function Field(props: FieldProps) {
  const { label, value, onChange, hint, wrong, optional, type = 'text', lines, mono } = props;
  const shared = classes('input', mono && 'mono');
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={Boolean(wrong)}
      isRequired={!optional}
      validationBehavior="aria"
      type={type === 'number' || type === 'date' || type === 'time' ? 'text' : type}
      {...(props.autoComplete ? { autoComplete: props.autoComplete } : {})}
      {...(props.maxLength ? { maxLength: props.maxLength } : {})}
      {...(props.name ? { name: props.name } : {})}
      autoFocus={props.autoFocus ?? false}
    >
      <Label className={props.hideLabel ? 'unseen' : undefined}>
        {label} {optional && <span className="optional">(optional)</span>}
      </Label>
      {lines ? (
        <TextArea className={shared} rows={lines} spellCheck={!mono} />
      ) : (
        <Input
          className={shared}
          type={type}
          {...(mono ? { spellCheck: false, autoCapitalize: 'none', autoCorrect: 'off' } : {})}
          {...(props.min !== undefined ? { min: props.min } : {})}
          {...(props.max !== undefined ? { max: props.max } : {})}
        />
      )}
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="wrong">{wrong}</FieldError>
    </TextField>
  );
}

export interface Option {
  id: string;
  name: string;
}

/** The options of a record of words, in its order. */
export function optionsOf(words: Readonly<Record<string, string>>): Option[] {
  return Object.entries(words).map(([id, name]) => ({ id, name }));
}

interface SelectProps {
  label: string;
  options: Option[];
  value: string | null;
  onChange: (value: string) => void;
  hideLabel?: boolean;
  placeholder?: string;
  hint?: string;
}

export function Select({ label, options, value, onChange, hideLabel, placeholder, hint }: SelectProps) {
  return (
    <AriaSelect
      className="field"
      value={value}
      onChange={(key) => onChange(String(key))}
      placeholder={placeholder ?? 'Choose'}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {!hideLabel && <Label>{label}</Label>}
      <AriaButton className="input select-button">
        <SelectValue />
        <DownIcon size={16} />
      </AriaButton>
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <Popover className="popover">
        <ListBox className="listbox" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.name} className="option">
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface ChoicesProps<T extends string> {
  label: string;
  words: Readonly<Record<T, string>>;
  value: T | null;
  onChange: (value: T) => void;
  across?: boolean;
  hint?: string;
}

/** One of a few: radio buttons with room to tap. */
export function Choices<T extends string>({ label, words, value, onChange, across, hint }: ChoicesProps<T>) {
  return (
    <RadioGroup className="field" value={value} onChange={(key) => onChange(key as T)} isRequired>
      <Label className="label">{label}</Label>
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <div className={classes('choices', across && 'across')}>
        {(Object.entries(words) as [T, string][]).map(([id, name]) => (
          <Radio key={id} value={id} className="choice">
            <span className="dot" aria-hidden="true" />
            {name}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

export function Check({
  label,
  value,
  onChange,
}: {
  label: ReactNode;
  value: boolean;
  onChange: (value: boolean) => void;
}) {
  return (
    <AriaCheckbox className="choice check" isSelected={value} onChange={onChange}>
      <span className="dot" aria-hidden="true" />
      <span>{label}</span>
    </AriaCheckbox>
  );
}

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  size?: 'normal' | 'wide' | 'side';
  /** Only the dialog's own buttons close it. */
  firm?: boolean;
  role?: 'dialog' | 'alertdialog';
  children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, size = 'normal', firm, role = 'dialog', children }: DialogProps) {
  return (
    <ModalOverlay
      className="shade"
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable={!firm}
      isKeyboardDismissDisabled={Boolean(firm)}
    >
      <Modal className={classes('modal', size !== 'normal' && size)}>
        <AriaDialog className="dialog" role={role}>
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {!firm && (
              <Button kind="quiet" calm square size="small" aria-label="Close" onPress={onClose}>
                <CloseIcon />
              </Button>
            )}
          </header>
          <div className="body">{children}</div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export function Banner({
  kind,
  children,
  action,
  live,
}: {
  kind: 'danger' | 'warn' | 'info';
  children: ReactNode;
  action?: ReactNode;
  live?: boolean;
}) {
  return (
    <div className={classes('banner', kind)} role={live ? 'alert' : undefined}>
      {kind === 'info' ? <InfoIcon /> : <AlertIcon />}
      <div>{children}</div>
      {action}
    </div>
  );
}

/** Why something did not work, in words; nothing when there is no code. */
export function Trouble({ code }: { code: string | null | undefined }) {
  if (!code) return null;
  return (
    <Banner kind="danger" live>
      {problem(code)}
    </Banner>
  );
}

export function Empty({
  title,
  icon,
  level = 2,
  children,
}: {
  title: string;
  icon?: ReactNode;
  level?: 1 | 2;
  children?: ReactNode;
}) {
  const Title = level === 1 ? 'h1' : 'h2';
  return (
    <div className="empty">
      {icon}
      <Title>{title}</Title>
      {children}
    </div>
  );
}

/** Stands where a page will be in a moment. */
export function Loading({ label }: { label: string }) {
  return (
    <div className="stack" role="status" aria-label={label}>
      <h1 className="unseen">{label}</h1>
      <div className="bone title" />
      <div className="card pad stack">
        {[0, 1, 2, 3, 4].map((line) => (
          <div key={line} className="bone" />
        ))}
        <div className="bone line" />
      </div>
    </div>
  );
}

export function Failed({ code, again }: { code: string; again?: () => void }) {
  return (
    <div className="card">
      <Empty title="This could not be shown" icon={<AlertIcon size={32} />} level={1}>
        <p>{problem(code)}</p>
        {again && <Button onPress={again}>Try again</Button>}
      </Empty>
    </div>
  );
}
