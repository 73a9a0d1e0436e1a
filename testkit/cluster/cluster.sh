#!/usr/bin/env bash
# The daemons of one cluster. Everything here runs as root inside the namespaces of that cluster:
#   cluster.sh DIRECTORY init             first process there; starts all, says "ready", lives as long as it is told to
#   cluster.sh DIRECTORY start NAME       one daemon; returns when it answers
#   cluster.sh DIRECTORY signal NAME SIG  to one daemon; for SIGKILL, SIGTERM … returns when it has gone
#   cluster.sh DIRECTORY end-node N       the whole node nN: its slurmd, and all that runs on it
set -euo pipefail
R=$1
. "$R/etc/ports.sh"
export SLURM_CONF=$R/etc/slurm.conf

fail() { echo "$*" >&2; exit 1; }

port() { (exec 3<>/dev/tcp/127.0.0.1/"$1") 2>/dev/null; }

# A zombie answers to kill -0, so the state letter is looked at.
alive() {
  local pid line
  read -r pid 2>/dev/null <"$R/run/$1.pid" && read -r line 2>/dev/null <"/proc/$pid/stat" || return 1
  line=${line##*) }
  [ "${line%% *}" != Z ]
}

# wait_for NAME COMMAND…: until the command succeeds; no longer than the daemon NAME lives.
wait_for() {
  local name=$1 try; shift
  for ((try = 0; try < 1200; try++)); do
    "$@" >/dev/null 2>&1 && return 0
    alive "$name" || break
    sleep 0.05
  done
  tail -n 20 "$R"/log/"$name"*.{out,log} >&2 2>/dev/null || true
  alive "$name" && fail "$name does not answer." || fail "$name has ended."
}

launch() {
  local name=$1; shift
  setsid "$@" </dev/null >>"$R/log/$name.out" 2>&1 &
  echo $! >"$R/run/$name.pid"
}

as() { local user=$1 group=$2; shift 2; echo setpriv "--reuid=$user" "--regid=$group" --clear-groups --; }

munge_works() { munge -n --socket="$R/munge/munge.sock" | unmunge --socket="$R/munge/munge.sock" | grep -q Success; }

rest() {
  local name=$1 listen=$2
  launch "$name" $(as nobody nogroup) env SLURM_JWT=daemon slurmrestd -a rest_auth/jwt "$listen"
}

start() {
  local name=$1
  alive "$name" && return 0
  case $name in
    munged)
      launch munged $(as munge munge) munged --foreground --force --socket="$R/munge/munge.sock" --key-file="$R/munge/munge.key" \
        --pid-file="$R/munge/munged.pid" --seed-file="$R/munge/munged.seed"
      wait_for munged munge_works ;;
    mariadbd)
      launch mariadbd mariadbd --defaults-file="$R/etc/my.cnf"
      wait_for mariadbd mariadb -S "$R/run/mysql/m.sock" -e 'select 1' ;;
    slurmdbd)
      launch slurmdbd slurmdbd -D
      wait_for slurmdbd port "$SLURMDBD_PORT" ;;
    slurmctld)
      # Never with -c: that forgets all jobs.
      launch slurmctld slurmctld -D
      wait_for slurmctld scontrol ping ;;
    slurmd-n*)
      local node=${name#slurmd-}
      # Inherited by all that runs on the node, which is how end-node finds it.
      launch "$name" env SCARF_CLUSTER_NODE="$node" slurmd -D -N "$node"
      wait_for "$name" port $((SLURMD_FIRST_PORT + ${node#n} - 1)) ;;
    slurmrestd)
      rest slurmrestd "127.0.0.1:$SLURMRESTD_PORT"
      wait_for slurmrestd port "$SLURMRESTD_PORT" ;;
    slurmrestd-unix)
      rm -f "$R/run/rest/slurmrestd.sock"
      rest slurmrestd-unix "unix:$R/run/rest/slurmrestd.sock"
      wait_for slurmrestd-unix test -S "$R/run/rest/slurmrestd.sock" ;;
    sshd)
      # sshd insists on its own absolute path.
      launch sshd /usr/sbin/sshd -D -f "$R/etc/ssh/sshd_config" -E "$R/log/sshd.log"
      wait_for sshd port "$SSHD_PORT" ;;
    sshd-otp)
      launch sshd-otp /usr/sbin/sshd -D -f "$R/etc/ssh/sshd_otp_config" -E "$R/log/sshd-otp.log"
      wait_for sshd-otp port "$SSHD_OTP_PORT" ;;
    *) fail "There is no daemon $name." ;;
  esac
}

send() {
  local name=$1 signal=${2#SIG} pid try
  alive "$name" || return 0
  read -r pid <"$R/run/$name.pid"
  kill "-$signal" "$pid" || return 0
  case $signal in STOP | CONT | HUP | USR*) return 0 ;; esac
  for ((try = 0; try < 600; try++)); do alive "$name" || return 0; sleep 0.05; done
  fail "$name goes on after SIG$signal."
}

end_node() {
  local pid
  for ((pass = 0; pass < 3; pass++)); do
    for environment in /proc/[0-9]*/environ; do
      pid=${environment//[!0-9]/}
      if { tr '\0' '\n' <"$environment" | grep -qxE "SCARF_CLUSTER_NODE=$1|SLURMD_NODENAME=$1"; } 2>/dev/null; then
        kill -KILL "$pid" 2>/dev/null || true
      fi
    done
  done
}

idle() { [ "$(sinfo -h -N -p debug -t idle -o %N | sort -u | wc -l)" = "$NODES" ]; }

database() {
  mariadb-install-db --defaults-file="$R/etc/my.cnf" --auth-root-authentication-method=socket --skip-test-db \
    >"$R/log/mysql-install.out" 2>&1 || { cat "$R/log/mysql-install.out" >&2; return 1; }
  start mariadbd
  mariadb -S "$R/run/mysql/m.sock" <"$R/etc/database.sql"
}

init() {
  # With NoInAddrAny Slurm binds to what gethostname() resolves to. The machine's own name is not touched.
  hostname localhost
  # The cluster's users have passwords here and nowhere else on the machine. The whole of /etc, as a mount over a single file goes as soon as
  # someone outside replaces that file.
  cp -a /etc "$R/machine-etc"
  mv "$R/etc/shadow" "$R/machine-etc/shadow"
  mount --bind "$R/machine-etc" /etc
  mkdir -p /run/sshd
  local database
  database & database=$!
  start sshd; start sshd-otp; start munged
  wait "$database"
  start slurmdbd
  start slurmctld
  for ((node = 1; node <= NODES; node++)); do
    launch "slurmd-n$node" env SCARF_CLUSTER_NODE="n$node" slurmd -D -N "n$node"
  done
  start slurmrestd; start slurmrestd-unix
  # The cluster registers itself a moment after its first contact with slurmdbd.
  sacctmgr -i add account science Description=test Organization=test >/dev/null
  sacctmgr -i add user alice,bob Account=science >/dev/null
  wait_for slurmctld idle
  # Nobody may hear it any more.
  echo ready || true
  # Told to stay, it stays. Otherwise it ends with whoever started it, however that ended: then this is the end of the file.
  local word=
  read -r word || true
  [ "$word" = stay ] || { kill -KILL -1; [ -e "$R/.scarf-cluster" ] && rm -rf "$R"; exit 0; }
  while :; do sleep 100000 & wait $! || true; done
}

case $2 in
  init) init ;;
  start) start "$3" ;;
  signal) send "$3" "$4" ;;
  end-node) end_node "$3" ;;
  *) fail "There is no verb $2." ;;
esac
