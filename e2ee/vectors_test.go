package e2ee

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

var update = flag.Bool("update", false, "write the generated vectors again")

const vectorDir = "../spec/vectors"

// octets is a byte string, hexadecimal in JSON.
type octets []byte

func (o octets) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(o)), nil }

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

type fields map[string]any

// vectorCase is one case of a generated file; spec/vectors/README.md states the format.
type vectorCase struct {
	Name  string `json:"name"`
	Op    string `json:"op"`
	In    fields `json:"in"`
	Out   fields `json:"out,omitempty"`
	Error Code   `json:"error,omitempty"`
}

type vectorFile struct {
	Cases []vectorCase `json:"cases"`
}

func TestVectors(t *testing.T) {
	f := newFixture(t)
	for name, cases := range map[string][]vectorCase{
		"e2ee-positive-v1.json": f.positive(),
		"e2ee-negative-v1.json": f.negative(),
		"record-v1.json":        recordCases(),
		"link-v1.json":          linkCases(),
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", " ")
			if err := enc.Encode(vectorFile{cases}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(vectorDir, name)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(file, b.Bytes()) {
				t.Errorf("%s is not what the generator makes: run go test ./e2ee -run Vectors -update", path)
			}
			runVectors(t, file)
		})
	}
}

func runVectors(t *testing.T, file []byte) {
	var parsed struct {
		Cases []struct {
			Name, Op string
			In       opInput
			Out      any
			Error    Code
		}
	}
	if err := json.Unmarshal(file, &parsed); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range parsed.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if seen[c.Name] {
				t.Fatal("name is used twice")
			}
			seen[c.Name] = true
			op, ok := operations[c.Op]
			if !ok {
				op, ok = statementOps[c.Op]
			}
			if !ok {
				t.Fatalf("unknown operation %q", c.Op)
			}
			out, err := op(&c.In)
			if c.Error != "" {
				if CodeOf(err) != c.Error {
					t.Fatalf("got %v, want %s", err, c.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.Out) {
				t.Errorf("got  %v\nwant %v", got, c.Out)
			}
		})
	}
}

// opInput holds the inputs of all operations.
type opInput struct {
	Secret           octets
	Room             string
	Message          octets
	SenderAnnID      octets  `json:"sender_ann_id"`
	SenderIKPub      octets  `json:"sender_ik_pub"`
	RecipientAnnID   octets  `json:"recipient_ann_id"`
	RecipientKEMSeed octets  `json:"recipient_kem_seed"`
	LastChanNo       uint32  `json:"last_chan_no"`
	RecipientIndex   uint32  `json:"recipient_index"`
	WrapKey          octets  `json:"wrap_key"`
	LastCtr          *string `json:"last_ctr"`
	LastSeq          *string `json:"last_seq"`
	Held             *struct {
		Gen, Step uint32
		Commit    octets
	}
	Wrap      octets
	Bytes     octets
	Index     uint32
	Gen, Step uint32
	BaseKey   octets `json:"base_key"`
	Source    media.Source
	Metadata  octets
	Frames    []octets
	Topic     string
	IKPubs    []octets `json:"ik_pubs"`
	Record    octets
	Fragment  string
	Link      string
	Host      octets
	NowMs     int64 `json:"now_ms"`
	Type      uint8
	NonceA    octets `json:"nonce_a"`
	NonceB    octets `json:"nonce_b"`
}

func (in *opInput) meeting() *meeting { return newMeeting(Secret(in.Secret), in.Room) }

func (in *opInput) sender() peer {
	return peer{id: annID(in.SenderAnnID), ik: ed25519.PublicKey(in.SenderIKPub)}
}

func (in *opInput) keychain() (*keychain, error) {
	c := &keychain{index: in.Index}
	return c, c.add(keyID{in.Gen, in.Step}, bytes.Clone(in.BaseKey))
}

func decimal(v uint64) string { return strconv.FormatUint(v, 10) }

func optional(text *string) (*uint64, error) {
	if text == nil {
		return nil, nil
	}
	v, err := strconv.ParseUint(*text, 10, 64)
	return &v, err
}

var operations = map[string]func(*opInput) (fields, error){
	"announcement-open": func(in *opInput) (fields, error) {
		a, err := openAnnouncement(in.meeting(), in.Message)
		if err != nil {
			return nil, err
		}
		return fields{
			"ann_id": octets(a.id[:]), "index": a.id.index(), "created_ms": a.created.UnixMilli(), "join_nonce": octets(a.nonce[:]),
			"roles": a.roles, "ik_pub": octets(a.ik), "kem_pub": octets(a.kem), "name": a.name,
		}, nil
	},
	"channel-open": func(in *opInput) (fields, error) {
		kem, err := kemPrivate(in.RecipientKEMSeed)
		if err != nil {
			return nil, err
		}
		number, key, err := openChannel(in.meeting(), in.sender(), annID(in.RecipientAnnID), kem, in.LastChanNo, in.Message)
		return fields{"chan_no": number, "wrap_key": octets(key)}, err
	},
	"key-open": func(in *opInput) (fields, error) {
		var held *keyMessage
		if h := in.Held; h != nil {
			held = &keyMessage{keyID: keyID{h.Gen, h.Step}, commit: [32]byte(h.Commit)}
		}
		k, err := openKey(in.meeting(), in.sender(), held, in.Message)
		if err != nil {
			return nil, err
		}
		last, err := optional(in.LastCtr)
		if err != nil {
			return nil, err
		}
		ctr, base, err := openWrap(newGCM(in.WrapKey), in.RecipientIndex, last, k.digest, in.Wrap)
		if err != nil {
			return nil, err
		}
		return fields{
			"gen": k.gen, "step": k.step, "commit": octets(k.commit[:]), "roster": octets(k.roster[:]),
			"base_key": octets(base), "ctr": decimal(ctr),
		}, checkCommit(in.meeting(), annID(in.SenderAnnID), k, base)
	},
	"keyreq-open": func(in *opInput) (fields, error) {
		last, err := optional(in.LastSeq)
		if err != nil {
			return nil, err
		}
		r, err := openKeyRequest(in.meeting(), in.sender(), annID(in.RecipientAnnID), last, in.Message)
		return fields{"seq": decimal(r.seq), "gen_hint": r.genHint, "have_chan_no": r.haveChannel}, err
	},
	"sframe-header": func(in *opInput) (fields, error) {
		h, err := parseFrameHeader(in.Bytes)
		return fields{"kid": decimal(h.kid), "ctr": decimal(h.ctr), "length": h.size}, err
	},
	"frame-open": func(in *opInput) (fields, error) {
		c, err := in.keychain()
		if err != nil {
			return nil, err
		}
		slots, ctrs, plaintexts := []uint8{}, []string{}, []octets{}
		for i, frame := range in.Frames {
			plaintext, h, _, err := c.open(nil, new(scratch), in.Source, in.Metadata, frame, time.Time{})
			if err != nil && i < len(in.Frames)-1 {
				return nil, fmt.Errorf("frame %d of %d: %v", i, len(in.Frames), err)
			}
			if err != nil {
				return nil, err
			}
			id, _ := parseKID(h.kid)
			slots = append(slots, id.slot)
			ctrs = append(ctrs, decimal(h.ctr))
			plaintexts = append(plaintexts, plaintext)
		}
		return fields{"slots": slots16(slots), "ctrs": ctrs, "plaintexts": plaintexts, "step": c.epochs[len(c.epochs)-1].step}, nil
	},
	"data-open": func(in *opInput) (fields, error) {
		c, err := in.keychain()
		if err != nil {
			return nil, err
		}
		plaintext, _, _, err := c.open(nil, new(scratch), media.Data, appendDataMetadata(nil, in.Topic), in.Message, time.Time{})
		return fields{"plaintext": octets(plaintext)}, err
	},
	"safety-code": func(in *opInput) (fields, error) {
		var keys []ed25519.PublicKey
		for _, k := range in.IKPubs {
			keys = append(keys, ed25519.PublicKey(k))
		}
		return fields{"code": safetyCode(in.meeting(), keys)}, nil
	},
	"record-parse": func(in *opInput) (fields, error) {
		f, err := ParseRecord(in.Record)
		if err != nil {
			return nil, err
		}
		again, err := AppendRecord(nil, &f)
		if err == nil && !bytes.Equal(again, in.Record) {
			err = fmt.Errorf("encoding gives %x", again)
		}
		return recordFields(&f), err
	},
	"fragment-parse": func(in *opInput) (fields, error) {
		i, err := ParseFragment(in.Fragment)
		if err == nil && i.Fragment() != in.Fragment {
			err = fmt.Errorf("encoding gives %s", i.Fragment())
		}
		return fields{"secret": octets(i.Secret[:]), "host": hostField(i.Host)}, err
	},
	"link-parse": func(in *opInput) (fields, error) {
		room, i, err := ParseLink(in.Link)
		return linkFields(room, i), err
	},
}

// slots16 keeps JSON from taking slot numbers for a byte string.
func slots16(slots []uint8) []uint16 {
	out := make([]uint16, len(slots))
	for i, s := range slots {
		out[i] = uint16(s)
	}
	return out
}

func recordFields(f *media.Frame) fields {
	out := fields{
		"codec": f.Codec, "timestamp_us": f.Timestamp.Microseconds(), "duration_us": f.Duration.Microseconds(),
		"rotation": f.Rotation, "width": f.Width, "height": f.Height, "config": nil, "redundancy": nil, "payload": octets(f.Payload),
	}
	if c := f.Config; c != nil {
		out["config"] = fields{"codec": c.Codec, "description": octets(c.Description)}
	}
	if r := f.Redundancy; r != nil {
		out["redundancy"] = fields{"delta_us": r.Delta.Microseconds(), "payload": octets(r.Payload)}
	}
	return out
}

func linkFields(room string, i Invitation) fields {
	out := fields{"room": room, "secret": nil, "host": hostField(i.Host)}
	if i.Secret.Verified() {
		out["secret"] = octets(i.Secret[:])
	}
	return out
}

func hostField(h Host) any {
	if !h.Named() {
		return nil
	}
	return octets(h[:])
}
