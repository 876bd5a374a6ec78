package e2ee

import "time"

// statementOps are the operations of messages that members and hosts send to everybody, and of comparing emoji.
var statementOps = map[string]func(*opInput) (fields, error){
	"heartbeat-open": func(in *opInput) (fields, error) {
		last, err := optional(in.LastSeq)
		if err != nil {
			return nil, err
		}
		h, err := openHeartbeat(in.meeting(), in.sender(), last, in.Message)
		slots, counts := []uint16{}, []string{}
		for _, s := range h.slots {
			slots, counts = append(slots, uint16(s.slot)), append(counts, decimal(s.count))
		}
		return fields{
			"seq": decimal(h.seq), "roster": octets(h.roster[:]), "gen": h.gen, "step": h.step,
			"commit": octets(h.commit[:]), "slots": slots, "counts": counts,
		}, err
	},
	"admit-open": func(in *opInput) (fields, error) {
		ids, err := openAdmit(in.meeting(), in.sender(), in.Message)
		out := []octets{}
		for _, id := range ids {
			out = append(out, octets(id[:]))
		}
		return fields{"ann_ids": out}, err
	},
	"remove-open": func(in *opInput) (fields, error) {
		removed, err := openRemove(in.meeting(), in.sender(), in.Message)
		ids, keys := []octets{}, []octets{}
		for _, r := range removed {
			ids, keys = append(ids, octets(r.id[:])), append(keys, octets(r.ik[:]))
		}
		return fields{"ann_ids": ids, "ik_pubs": keys}, err
	},
	"guard-open": func(in *opInput) (fields, error) {
		g, err := openGuard(in.meeting(), in.sender(), in.Message)
		return fields{"epoch": decimal(g.epoch), "on": g.on}, err
	},
	"host-open": func(in *opInput) (fields, error) {
		a, err := openHost(in.meeting(), Host(in.Host), time.UnixMilli(in.NowMs), in.Message)
		return fields{"ik_pub": octets(a.ik[:]), "seq": decimal(a.seq), "on": a.on}, err
	},
	"sas-open": func(in *opInput) (fields, error) {
		value, err := openSAS(in.meeting(), messageType(in.Type), in.sender(), annID(in.RecipientAnnID), in.Message)
		return fields{"value": octets(value[:])}, err
	},
	"sas-numbers": func(in *opInput) (fields, error) {
		a, b := annID(in.SenderAnnID), annID(in.RecipientAnnID)
		commit := sasCommitment(a, [32]byte(in.NonceA))
		numbers := []uint16{}
		for _, n := range sasNumbers(a, b, [32]byte(in.NonceA), [32]byte(in.NonceB)) {
			numbers = append(numbers, uint16(n))
		}
		return fields{"commit_a": octets(commit[:]), "numbers": numbers}, nil
	},
}

func (f *fixture) hostCases(common addCommon, good func(name, op string, in, out fields), bad addCase) {
	in := fields{"secret": f.Secret, "room": f.Room, "sender_ann_id": f.AnnAID, "sender_ik_pub": octets(f.ikA())}
	statement := func(name, op string, message []byte, extra, out fields) fields {
		in := with(with(in, extra), fields{"message": octets(message)})
		good(name, op, in, out)
		common(name, op, in, message)
		bad(name+" in another's name", op, with(in, fields{"sender_ann_id": f.AnnBID}), SenderMismatch)
		bad(name+" with a changed signature", op, with(in, fields{"message": octets(flip(message, -1))}), SignatureInvalid)
		return in
	}
	h := heartbeat{
		seq: 7, sent: time.UnixMilli(1_700_000_000_000), roster: [32]byte(f.Roster), keyID: keyID{f.Gen, f.Step}, commit: [32]byte(f.Commit),
		slots: []slotCounter{{0, 3}, {8, 1 << 40}},
	}
	beat := statement("heartbeat", "heartbeat-open", sealHeartbeat(f.m, f.a, f.annA, h), fields{"last_seq": "6"}, fields{
		"seq": "7", "roster": f.Roster, "gen": f.Gen, "step": f.Step, "commit": f.Commit, "slots": []uint16{0, 8}, "counts": []string{"3", "1099511627776"},
	})
	bad("heartbeat replayed", "heartbeat-open", with(beat, fields{"last_seq": "7"}), HeartbeatStale)
	h.slots = []slotCounter{{8, 1}, {8, 1}}
	bad("heartbeat with a slot twice", "heartbeat-open", with(beat, fields{"message": octets(sealHeartbeat(f.m, f.a, f.annA, h))}), OutOfRange)
	h.slots = []slotCounter{{64, 1}}
	bad("heartbeat with a slot that does not exist", "heartbeat-open", with(beat, fields{"message": octets(sealHeartbeat(f.m, f.a, f.annA, h))}), OutOfRange)

	statement("admit", "admit-open", sealAdmit(f.m, f.a, f.annA, []annID{f.annA, f.annB}), nil, fields{"ann_ids": []octets{f.AnnAID, f.AnnBID}})
	removed := []removal{{id: f.annB, ik: identityKey(f.ikB())}}
	statement("remove", "remove-open", sealRemove(f.m, f.a, f.annA, removed), nil,
		fields{"ann_ids": []octets{f.AnnBID}, "ik_pubs": []octets{octets(f.ikB())}})
	message := sealGuard(f.m, f.a, f.annA, guard{epoch: 9, on: true})
	guarded := statement("guard", "guard-open", message, nil, fields{"epoch": "9", "on": true})
	body := edit(message[:len(message)-signatureSize], -1, 2)
	bad("guard that is neither on nor off", "guard-open", with(guarded, fields{"message": octets(sign(f.a, "guard", body))}), OutOfRange)

	const day = 86_400_000
	host := HostOf(f.ikA())
	appointed := sealHost(f.m, f.a, appointment{ik: identityKey(f.ikB()), seq: 1_700_000_000_000, on: true})
	hostIn := fields{"secret": f.Secret, "room": f.Room, "host": octets(host[:]), "now_ms": 1_700_000_000_000 + day, "message": octets(appointed)}
	good("appointment", "host-open", hostIn, fields{"ik_pub": octets(f.ikB()), "seq": "1700000000000", "on": true})
	common("appointment", "host-open", hostIn, appointed)
	bad("appointment of the day before", "host-open", with(hostIn, fields{"now_ms": 1_700_000_000_001 + day}), StatementExpired)
	bad("appointment of the day after", "host-open", with(hostIn, fields{"now_ms": 1_700_000_000_000 - day - 1}), StatementExpired)
	dismissed := sealHost(f.m, f.a, appointment{ik: identityKey(f.ikB()), seq: 1_700_000_000_000})
	good("dismissal of long ago", "host-open", with(hostIn, fields{"now_ms": 1_900_000_000_000, "message": octets(dismissed)}),
		fields{"ik_pub": octets(f.ikB()), "seq": "1700000000000", "on": false})
	other := sealHost(f.m, f.b, appointment{ik: identityKey(f.ikB()), seq: 1_700_000_000_000, on: true})
	bad("appointment by somebody else", "host-open", with(hostIn, fields{"message": octets(other)}), HostMismatch)
	bad("appointment with a changed signature", "host-open", with(hostIn, fields{"message": octets(flip(appointed, -1))}), SignatureInvalid)

	value := append(octets{1, 2, 3}, make(octets, 29)...)
	committed := sealSAS(f.m, typeSASCommit, f.a, f.annA, f.annB, [32]byte(value))
	pair := statement("sas commit", "sas-open", committed, fields{"type": typeSASCommit, "recipient_ann_id": f.AnnBID}, fields{"value": value})
	bad("sas commit for another", "sas-open", with(pair, fields{"recipient_ann_id": f.AnnAID}), RecipientMismatch)
	reveal := sealSAS(f.m, typeSASReveal, f.a, f.annA, f.annB, [32]byte{4})
	good("sas reveal", "sas-open", with(in, fields{"type": typeSASReveal, "recipient_ann_id": f.AnnBID, "message": octets(reveal)}),
		fields{"value": append(octets{4}, make(octets, 31)...)})
	nonceA, nonceB := f.KAuth, f.KPSK
	commit := sasCommitment(f.annA, [32]byte(nonceA))
	end := statement("sas end", "sas-open", sealSAS(f.m, typeSASEnd, f.a, f.annA, f.annB, commit),
		fields{"type": typeSASEnd, "recipient_ann_id": f.AnnBID}, fields{"value": octets(commit[:])})
	bad("sas end for another", "sas-open", with(end, fields{"recipient_ann_id": f.AnnAID}), RecipientMismatch)
	bad("sas end signed as a commit", "sas-open", with(end, fields{
		"message": octets(sign(f.a, "sas-commit", sealSAS(f.m, typeSASEnd, f.a, f.annA, f.annB, commit)[:sasBody])),
	}), SignatureInvalid)
	numbers := []uint16{}
	for _, n := range sasNumbers(f.annB, f.annA, [32]byte(nonceB), [32]byte(nonceA)) {
		numbers = append(numbers, uint16(n))
	}
	good("emoji of a pair", "sas-numbers", fields{"sender_ann_id": f.AnnAID, "recipient_ann_id": f.AnnBID, "nonce_a": nonceA, "nonce_b": nonceB},
		fields{"commit_a": octets(commit[:]), "numbers": numbers})
}
