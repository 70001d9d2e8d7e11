/** Chooses an IANA time zone by typing a part of its name. */
import {
  Button as AriaButton,
  ComboBox,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from 'react-aria-components';
import { DownIcon } from './icons.tsx';
import { browserZone } from './format.ts';

function zones(): { id: string; name: string }[] {
  const names = new Set(['UTC', browserZone(), ...Intl.supportedValuesOf('timeZone')]);
  return [...names].map((id) => ({ id, name: id.replaceAll('_', ' ') }));
}

const ZONES = zones();

interface Props {
  label: string;
  value: string;
  onChange: (zone: string) => void;
}

export function ZoneField({ label, value, onChange }: Props) {
  return (
    <ComboBox
      className="field"
      defaultItems={ZONES}
      value={value || null}
      onChange={(key) => onChange(key ? String(key) : '')}
      menuTrigger="input"
    >
      <Label>{label}</Label>
      <div className="combo">
        <Input className="input" />
        <AriaButton className="combo-button">
          <DownIcon size={16} />
        </AriaButton>
      </div>
      <Text slot="description" className="hint">
        Sessions are planned in this zone.
      </Text>
      <Popover className="popover">
        <ListBox<{ id: string; name: string }> className="listbox">
          {(zone) => (
            <ListBoxItem id={zone.id} className="option" textValue={zone.name}>
              {zone.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
