// The Windows service: starts bin\gatehouse.cmd, ends it when asked to, and tells Windows when it
// ended by itself, so that the service's recovery actions start it again. install-service.ps1
// compiles it on the machine where it runs, with the compiler that is part of Windows.
//
// The gateway runs with --until-end-of-input: it stops cleanly when its standard input ends. That
// also happens when this process dies, so no gateway is left behind without its service.

using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.ServiceProcess;
using System.Threading;

[DesignerCategory("Code")]
public sealed class GatehouseService : ServiceBase
{
    // A gateway drains and stops within its own stop-timeout, 10 seconds unless configured.
    private const int StopMilliseconds = 30000;

    private readonly object gate = new object();
    private Process gateway;
    private volatile bool stopping;

    private GatehouseService()
    {
        ServiceName = "Gatehouse";
        CanShutdown = true;
    }

    public static void Main()
    {
        Run(new GatehouseService());
    }

    protected override void OnStart(string[] arguments)
    {
        string home = Directory.GetParent(
            AppDomain.CurrentDomain.BaseDirectory.TrimEnd('\\')).FullName;
        string data = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "Gatehouse");
        var start = new ProcessStartInfo
        {
            FileName = Path.Combine(Environment.SystemDirectory, "cmd.exe"),
            Arguments = "/d /s /c \"\"" + Path.Combine(home, "bin", "gatehouse.cmd")
                + "\" run --config \"" + Path.Combine(data, "gatehouse.toml")
                + "\" --until-end-of-input\"",
            WorkingDirectory = data,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        lock (gate)
        {
            stopping = false;
            gateway = new Process { StartInfo = start, EnableRaisingEvents = true };
            // The log goes to files, as the configuration says; errors of the start go here.
            gateway.OutputDataReceived += delegate { };
            gateway.ErrorDataReceived += delegate(object sender, DataReceivedEventArgs line)
            {
                if (!string.IsNullOrEmpty(line.Data))
                {
                    EventLog.WriteEntry(line.Data, EventLogEntryType.Warning);
                }
            };
            gateway.Exited += delegate { Ended(); };
            gateway.Start();
            gateway.BeginOutputReadLine();
            gateway.BeginErrorReadLine();
        }
    }

    private void Ended()
    {
        if (stopping)
        {
            return;
        }
        int code = gateway.ExitCode;
        EventLog.WriteEntry("The gateway ended with exit code " + code + ".", EventLogEntryType.Error);
        // Not Stop(): only a process that ends without saying so gets the recovery actions.
        Environment.Exit(code == 0 ? 1 : code);
    }

    protected override void OnStop()
    {
        RequestAdditionalTime(StopMilliseconds + 10000);
        EndGateway();
    }

    protected override void OnShutdown()
    {
        EndGateway();
    }

    private void EndGateway()
    {
        lock (gate)
        {
            stopping = true;
            if (gateway == null || gateway.HasExited)
            {
                return;
            }
            try
            {
                gateway.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has just ended.
            }
            if (!gateway.WaitForExit(StopMilliseconds))
            {
                EventLog.WriteEntry("The gateway did not stop in time and was ended.",
                    EventLogEntryType.Warning);
                KillTree(gateway.Id);
            }
        }
    }

    private static void KillTree(int id)
    {
        using (Process killer = Process.Start(new ProcessStartInfo
        {
            FileName = Path.Combine(Environment.SystemDirectory, "taskkill.exe"),
            Arguments = "/t /f /pid " + id,
            UseShellExecute = false,
            CreateNoWindow = true,
        }))
        {
            killer.WaitForExit(5000);
        }
    }
}
